namespace ControlPanel.Data.Operations.Sessions;

/// <summary>What an operator may set about sessions.</summary>
public sealed record SessionRules
{
    /// <summary>How long after proving who they are a person may mint secrets and invite without doing it again.</summary>
    public TimeSpan StepUp { get; init; } = TimeSpan.FromMinutes(15);
}
