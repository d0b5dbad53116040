"""Google Cloud on this machine: Cloud Storage in its emulator, the control plane in a store of its own."""
