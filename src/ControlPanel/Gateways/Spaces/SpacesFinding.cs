using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.S3;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Gateways.Spaces;

/// <summary>
/// What the head of a signed request amounts to: the one reading by which the gateway forwards and a proxy is answered.
/// The default value allows nothing.
/// </summary>
internal readonly struct SpacesFinding
{
    /// <summary>Why the key, or what it may do, does not cover the request; allowed only when all else holds too.</summary>
    public Decision Decision { get; init; }

    /// <summary>The key that was named, when there is one.</summary>
    public KeyRecord? Key { get; init; }

    /// <summary>Why the signature does not hold.</summary>
    public SignatureRefusal Signature { get; init; }

    /// <summary>Why nobody may ask this.</summary>
    public S3Refusal Refusal { get; init; }

    /// <summary>The verdict that opens the body.</summary>
    public SignatureVerdict Verdict { get; init; }

    /// <summary>What is addressed.</summary>
    public S3Address Address { get; init; }

    /// <summary>What it does; set once the signature holds and the request is one that is offered.</summary>
    public S3Request? Request { get; init; }

    /// <summary>What goes on; set together with <see cref="Request"/>.</summary>
    public ForwardedTarget? Target { get; init; }

    /// <summary>What was decided on.</summary>
    public AccessRequest Asked { get; init; }

    /// <summary>The store behind, when the team has one.</summary>
    public SpacesUpstream? Upstream { get; init; }
}
