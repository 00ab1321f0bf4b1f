namespace ControlPanel.Verification.Decisions;

/// <summary>The checks, in the order in which they run.</summary>
public enum Check : byte
{
    /// <summary>This node's knowledge is fresh enough to say yes.</summary>
    Freshness = 0,

    /// <summary>The credential can be read and has this door's form.</summary>
    Format,

    /// <summary>There is such a key.</summary>
    Known,

    /// <summary>The secret or signature fits.</summary>
    Secret,

    /// <summary>The key is neither revoked nor suspended.</summary>
    State,

    /// <summary>The person behind it is still in the team.</summary>
    Owner,

    /// <summary>Its time is not over.</summary>
    Expiry,

    /// <summary>It covers what is asked.</summary>
    Scope,

    /// <summary>It comes from where it may.</summary>
    Network,
}

/// <summary>One rung of the ladder.</summary>
/// <param name="Detail">A sentence for the key's owner; never holds a secret.</param>
public sealed record TraceStep(Check Check, bool Passed, string Detail);

/// <summary>The ladder of checks behind one decision. Made only where somebody asks to see it.</summary>
public sealed class DecisionTrace
{
    private readonly List<TraceStep> _steps = [];

    /// <summary>The checks that ran, in order; the last one failed if the request was refused.</summary>
    public IReadOnlyList<TraceStep> Steps => _steps;

    internal void Pass(Check check, string detail) => _steps.Add(new TraceStep(check, Passed: true, detail));

    internal void Fail(Check check, string detail) => _steps.Add(new TraceStep(check, Passed: false, detail));
}
