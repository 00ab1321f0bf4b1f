namespace ControlPanel.Data.Operations.Sessions;

/// <summary>Words for a wait.</summary>
public static class Waits
{
    /// <summary>The sentence that somebody reads who must wait.</summary>
    public static string Sentence(TimeSpan wait)
    {
        var seconds = (int)Math.Ceiling(wait.TotalSeconds);
        return seconds switch
        {
            <= 1 => "Too many attempts. Try again in 1 second.",
            < 120 => $"Too many attempts. Try again in {seconds} seconds.",
            _ => $"Too many attempts. Try again in {(int)Math.Ceiling(wait.TotalMinutes)} minutes.",
        };
    }
}
