namespace ControlPanel.Hosting;

/// <summary>The few words that go to the terminal instead of the log: what a person waits for at the start.</summary>
internal static class StartupConsole
{
    public static void Write(string text) => Console.Out.WriteLine(text);

    public static void WriteError(string text) => Console.Error.WriteLine($"ControlPanel: {text}");
}
