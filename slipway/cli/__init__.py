"""The command line: arguments, help and exit statuses, a file for each group of verbs."""
