using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Data.Model;

/// <summary>One change, or one refused attempt at a change. Chained: each entry's MAC covers the one before it.</summary>
public sealed class AuditEntry
{
    /// <summary>1, 2, 3… without a gap.</summary>
    public long Sequence { get; set; }

    public DateTimeOffset At { get; set; }

    public Guid? TeamId { get; set; }

    public Guid? ActorId { get; set; }

    /// <summary>The actor's name at that time.</summary>
    public string ActorName { get; set; } = "";

    /// <summary><c>panel</c>, <c>api</c>, <c>command</c> or <c>system</c>.</summary>
    public string Door { get; set; } = "";

    /// <summary><c>functions_key.create</c>, <c>member.remove</c>…</summary>
    public string Action { get; set; } = "";

    public string TargetKind { get; set; } = "";

    public string TargetId { get; set; } = "";

    public string TargetName { get; set; } = "";

    /// <summary><c>done</c> or <c>refused</c>.</summary>
    public string Result { get; set; } = "";

    /// <summary>More about it, as JSON; never a secret.</summary>
    public string Details { get; set; } = "";

    public string Address { get; set; } = "";

    public string RequestId { get; set; } = "";

    /// <summary>Entries of one transaction share it.</summary>
    public Guid GroupId { get; set; }

    public int MasterKeyVersion { get; set; }

    /// <summary>HMAC-SHA-256 over this entry and the previous entry's MAC.</summary>
    public byte[] Mac { get; set; } = [];
}

/// <summary>One refused use of the data plane, or many alike within a short time.</summary>
public sealed class RefusedUse
{
    public long Id { get; set; }

    /// <summary>The request id the caller was given; of the first, when several were counted together.</summary>
    public string RequestId { get; set; } = "";

    public DateTimeOffset At { get; set; }

    /// <summary>The team of the key that was presented, when there was one.</summary>
    public Guid? TeamId { get; set; }

    public Guid? KeyId { get; set; }

    public KeyFamily Family { get; set; }

    public DenialReason Reason { get; set; }

    /// <summary>What was asked, e.g. <c>POST actions/demo/hello in fn-…</c>; never a secret.</summary>
    public string Operation { get; set; } = "";

    public string Address { get; set; } = "";

    public string Client { get; set; } = "";

    /// <summary>How many requests alike this entry stands for.</summary>
    public long Count { get; set; } = 1;
}

/// <summary>
/// The installation's clock of changes: one row, taken by every writing transaction first, so that commit order is
/// version order (a sequence would not promise that).
/// </summary>
public sealed class ChangeClock
{
    public int Id { get; set; }

    public long Version { get; set; }

    /// <summary>Changes when the store is made anew or restored; a reader that sees another epoch reloads everything.</summary>
    public Guid Epoch { get; set; }
}

/// <summary>A process that verifies. A revocation is acknowledged when each has applied it or can no longer say yes.</summary>
public sealed class VerifyingNode
{
    public Guid Id { get; set; }

    public string Name { get; set; } = "";

    public long AppliedVersion { get; set; }

    /// <summary>By the store's clock; a node silent for longer than its lease cannot say yes.</summary>
    public DateTimeOffset SeenAt { get; set; }
}

/// <summary>Recognises the master key that a store belongs to, without helping anybody to find it.</summary>
public sealed class MasterKeyCheck
{
    public int Version { get; set; }

    public byte[] CheckValue { get; set; } = [];

    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>
/// The end of the audit log as it was at some time, kept a second time outside the table: a log that was cut at its end
/// is a perfect shorter chain otherwise.
/// </summary>
public sealed class AuditAnchor
{
    public long Sequence { get; set; }

    public byte[] Mac { get; set; } = [];

    public DateTimeOffset At { get; set; }
}
