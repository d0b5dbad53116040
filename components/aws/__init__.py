"""Amazon Web Services: functions, their artifacts, registries."""
