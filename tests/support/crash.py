"""Places of a crash that have tests of their own, besides those of test_crash_points.py."""

# While what there is of a person is erased.
ERASURE_POINTS = ("in_erasure", "erasure_cleaned")
# While what the original plugin had is taken over; its events go the way of all events.
IMPORT_POINTS = ("in_import", "import_saved")
EVENT_POINTS = ("in_intake_commit", "intake_committed", "answered")
