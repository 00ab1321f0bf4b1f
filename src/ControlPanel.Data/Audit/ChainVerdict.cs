namespace ControlPanel.Data.Audit;

/// <summary>How the audit log stands up to its own chain.</summary>
public abstract record ChainVerdict
{
    private ChainVerdict() { }

    /// <summary>Every entry fits.</summary>
    /// <param name="Entries">How many were verified: all there are.</param>
    public sealed record Intact(long Entries) : ChainVerdict;

    /// <summary>The first entry that does not fit; all before it do.</summary>
    /// <param name="Sequence">The number of the entry that is not what was written, or of the one that is not there.</param>
    /// <param name="Verified">How many entries before it fit.</param>
    public sealed record Broken(long Sequence, ChainFault Fault, long Verified) : ChainVerdict;
}

/// <summary>What is wrong with an entry.</summary>
public enum ChainFault
{
    /// <summary>There is none with this number, though later ones exist or existed.</summary>
    Missing,

    /// <summary>It is not what was written there: changed, moved, inserted, or its predecessor was replaced.</summary>
    Altered,

    /// <summary>It names a version of the master key that this installation does not hold.</summary>
    UnknownMasterKey,
}
