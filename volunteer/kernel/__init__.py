"""Pure ground floor: clock, signing, errors, periods, permissions, text, ids."""
