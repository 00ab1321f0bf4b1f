namespace ControlPanel.Data.Webhooks;

/// <summary>A kind of event that receivers can be told of.</summary>
/// <param name="Name">As it stands in the payload.</param>
/// <param name="Meaning">What has happened, in the console's words.</param>
public sealed record WebhookEvent(string Name, string Meaning);

/// <summary>The kinds of events. Closed; a name is never given another meaning.</summary>
public static class WebhookEvents
{
    public const string KeyCreated = "access_key.created";
    public const string KeyChanged = "access_key.changed";
    public const string KeyRegenerated = "access_key.regenerated";
    public const string KeySuspended = "access_key.suspended";
    public const string KeyResumed = "access_key.resumed";
    public const string KeyRevoked = "access_key.revoked";
    public const string KeyExpiring = "access_key.expiring";
    public const string KeyExpired = "access_key.expired";
    public const string MemberInvited = "member.invited";
    public const string MemberJoined = "member.joined";
    public const string MemberRoleChanged = "member.role_changed";
    public const string MemberRemoved = "member.removed";
    public const string TwoFactorRuleChanged = "team.two_factor_rule_changed";
    public const string LegacyCutOffSet = "legacy.cut_off_set";
    public const string LegacyCutOff = "legacy.cut_off";

    /// <summary>What <em>Send test event</em> sends; nobody subscribes to it.</summary>
    public const string Test = "webhook.test";

    /// <summary>Those that somebody can subscribe to.</summary>
    public static IReadOnlyList<WebhookEvent> All { get; } =
    [
        new(KeyCreated, "An access key was created or imported"),
        new(KeyChanged, "An access key was renamed, given other grants or another owner"),
        new(KeyRegenerated, "A model access key was given another secret"),
        new(KeySuspended, "An access key was suspended"),
        new(KeyResumed, "A suspended access key was resumed"),
        new(KeyRevoked, "An access key was revoked"),
        new(KeyExpiring, "An access key expires in 30, 7 or 1 days"),
        new(KeyExpired, "An access key has expired"),
        new(MemberInvited, "Somebody was invited"),
        new(MemberJoined, "Somebody joined the team"),
        new(MemberRoleChanged, "A member was given another role"),
        new(MemberRemoved, "A member was removed"),
        new(TwoFactorRuleChanged, "Two-factor authentication was required, or is no longer"),
        new(LegacyCutOffSet, "A namespace's cut-off date was set or changed"),
        new(LegacyCutOff, "A legacy credential is refused from now on"),
    ];

    /// <summary>The kind of event that an audited action is; <see langword="null"/> when it is none.</summary>
    internal static string? Of(string action) =>
        action switch
        {
            "functions_key.create"
            or "spaces_key.create"
            or "model_key.create"
            or "token.create"
            or "model_key.import"
            or "legacy_credential.import" => KeyCreated,
            "functions_key.rename"
            or "spaces_key.update"
            or "model_key.rename"
            or "token.rename"
            or "access_key.hand_over" => KeyChanged,
            "model_key.regenerate" => KeyRegenerated,
            "functions_key.suspend" => KeySuspended,
            "functions_key.resume" => KeyResumed,
            "functions_key.revoke"
            or "spaces_key.delete"
            or "model_key.delete"
            or "token.revoke"
            or "access_key.revoke" => KeyRevoked,
            // Its keys go with it, each told by itself.
            "namespace.delete" => KeyRevoked,
            "invitation.create" => MemberInvited,
            "invitation.accept" => MemberJoined,
            "member.change_role" => MemberRoleChanged,
            "member.remove" => MemberRemoved,
            "team.require_two_factor" => TwoFactorRuleChanged,
            "legacy_credential.set_cut_off" => LegacyCutOffSet,
            "legacy_credential.retire" => LegacyCutOff,
            _ => null,
        };
}
