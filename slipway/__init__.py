"""The tooling that serves the stack: bundles, the embedded engine, the sandbox, the command."""
