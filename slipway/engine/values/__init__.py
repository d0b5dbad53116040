"""Assets, property paths and URNs: what the engine knows of values beyond the codec in `slipway.wire`."""
