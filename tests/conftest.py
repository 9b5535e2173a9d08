"""What holds for every test."""

from hypothesis import settings

# A busy machine must not decide a test.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")
