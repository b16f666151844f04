// Switches the runtime's telemetry off; imported before it, since it reads the environment once, as it loads. From 1.29 on it sends events
// with a device identifier and hashes of graph and weights to its maker by default (microsoft/onnxruntime#27379). Windows builds
// write events to the system's own tracing instead and cannot be told otherwise from here.
process.env.ORT_DISABLE_TELEMETRY = '1';
