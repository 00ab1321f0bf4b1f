using System.Collections.Frozen;

namespace ControlPanel.Verification.SigV4;

/// <summary>What this door accepts. Frozen when the options are read; the defaults are the rules of S3.</summary>
public sealed record SignatureRules
{
    /// <summary>The furthest a request's date may be from the time here, in either direction.</summary>
    public static readonly TimeSpan AllowedSkew = TimeSpan.FromMinutes(15);

    /// <summary>
    /// The longest life of a presigned request, in seconds (seven days, because a signing key lives as long).
    /// </summary>
    public const int MaxPresignedSeconds = 604_800;

    /// <summary>The rules without any option set.</summary>
    public static SignatureRules Default { get; } = new();

    /// <summary>
    /// The regions accepted in the scope; <see langword="null"/> accepts any, because clients without a configured
    /// region send <c>us-east-1</c> (rclone, curl) where others send the real one.
    /// </summary>
    public FrozenSet<string>? Regions { get; init; }

    /// <summary>The service accepted in the scope.</summary>
    public string Service { get; init; } = "s3";

    /// <summary>Whether Signature V2 is accepted (s3cmd signurl and libs3 know nothing else).</summary>
    public bool AllowV2 { get; init; } = true;

    /// <summary>Whether a signed session token is let through. Nothing here issues one, so it says nothing.</summary>
    public bool AllowSecurityToken { get; init; }

    /// <summary>
    /// The payload line of a presigned request that names none. S3 says UNSIGNED-PAYLOAD; the published vectors of the
    /// general algorithm sign the hash of an empty body.
    /// </summary>
    internal string PresignedPayload { get; init; } = PayloadModes.Unsigned;
}
