namespace ControlPanel.Hosting;

public sealed class ListenAddresses { public string Panel => ""; public string Functions => ""; public string Inference => ""; public string Spaces => ""; }
