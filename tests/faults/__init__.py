"""What is left of a crowd's check-ins when the power goes: real servers, really killed."""
