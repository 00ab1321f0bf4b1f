namespace ControlPanel.Shared;

/// <summary>The code that the console shows while nobody exists yet: proof of being the one who runs the server.</summary>
public interface ISetUpCode
{
    /// <summary>Whether it is the code; compared in constant time.</summary>
    bool Matches(string? code);
}
