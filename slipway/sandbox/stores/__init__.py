"""The SQLite files in which the sandbox remembers what no emulator serves: Google's control plane and Beanstalk."""
