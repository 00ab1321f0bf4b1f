namespace ControlPanel.Hosting;

/// <summary>The server must not start as things are. The message is one line for the operator.</summary>
public sealed class StartRefusedException(string message, Exception? inner = null) : Exception(message, inner);
