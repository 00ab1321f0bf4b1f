namespace ControlPanel.Data.Expirations;

/// <summary>What is done about keys that come to their end.</summary>
public sealed class ExpirationRules
{
    /// <summary>Whether a mail server is set, so that people are to be mailed.</summary>
    public bool Mail { get; init; }
}
