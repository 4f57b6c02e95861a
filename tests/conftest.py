"""What all tests share: no property is a measurement of time."""

from hypothesis import settings

settings.register_profile("patchcell", deadline=None)
settings.load_profile("patchcell")
