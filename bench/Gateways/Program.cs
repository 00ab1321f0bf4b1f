using ControlPanel.Bench.Gateways;

return await GatewayTimings.RunAsync();
