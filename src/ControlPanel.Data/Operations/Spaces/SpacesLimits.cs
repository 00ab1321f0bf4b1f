namespace ControlPanel.Data.Operations.Spaces;

/// <summary>How much of Spaces a team may hold (contract 3.3 states the defaults).</summary>
public sealed class SpacesLimits
{
    /// <summary>Living access keys; default 200.</summary>
    public int Keys { get; set; } = 200;

    /// <summary>Buckets; default 100.</summary>
    public int Buckets { get; set; } = 100;
}
