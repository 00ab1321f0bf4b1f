using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using ControlPanel.Data.Snapshots;

namespace ControlPanel.Api.Contract;

// Wire records only: the shape is the documentation (contract sections 1 to 5). Requests carry JsonElement where a wrong
// type must be answered with the field's name instead of a parser's message. Any member of a list can be null.

internal sealed record ErrorBody(string Id, string Message, string RequestId);

internal sealed record EmptyBody;

internal sealed record Pages(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? First,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Prev,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Previous,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Next,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Last
);

internal sealed record LinksBody([property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Pages? Pages);

internal sealed record Meta(int Total);

internal sealed record PagedMeta(int Page, int Pages, int Total);

internal sealed record TokenApplication(string Uid);

internal sealed record TokenInfo(
    long ResourceOwnerId,
    IReadOnlyList<string> Scopes,
    long? ExpiresInSeconds,
    TokenApplication Application,
    long CreatedAt
);

internal sealed record AccountBody(AccountInfo Account);

internal sealed record TeamInfo(string Uuid, string Name);

internal sealed record AccountInfo(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? DropletLimit,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? FloatingIpLimit,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? ReservedIpLimit,
    int VolumeLimit,
    string Email,
    string Name,
    string Uuid,
    bool EmailVerified,
    string Status,
    string StatusMessage,
    TeamInfo Team
);

internal sealed record RegionInfo(
    string Slug,
    string Name,
    IReadOnlyList<string> Sizes,
    IReadOnlyList<string> Features,
    bool Available
);

internal sealed record RegionsBody(IReadOnlyList<RegionInfo> Regions, LinksBody Links, Meta Meta);

internal sealed record NamespaceInfo(
    string ApiHost,
    string Namespace,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string Label,
    string Region,
    string Uuid,
    string Key
);

internal sealed record NamespacesBody(IReadOnlyList<NamespaceInfo> Namespaces);

/// <summary>As the documentation has it; what doctl sends is wrapped and capitalised, and read as well.</summary>
internal sealed record NamespaceRequest(
    [property: Description("What people call it.")] string? Label,
    [property: Description("A region of the list; nyc1 unless said.")] string? Region
);

internal sealed record NamespaceBody(NamespaceInfo Namespace);

internal sealed record NamespaceKeyInfo(
    string Id,
    string Name,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Secret,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? LastUsedAt
);

internal sealed record NamespaceKeysBody(IReadOnlyList<NamespaceKeyInfo> AccessKeys, int Count);

internal sealed record NamespaceKeyBody(NamespaceKeyInfo AccessKey);

internal sealed record NamespaceKeyRequest(
    [property: Description("1 to 100 characters, its own in the namespace.")] string? Name,
    [property: Description("Hours or days, such as 1h or 7d, up to ten years; nothing: no end.")] string? ExpiresIn
);

internal sealed record NameRequest([property: Description("1 to 100 characters.")] string? Name);

internal sealed record TriggersBody(IReadOnlyList<EmptyBody> Triggers);

internal sealed record GrantInfo(
    [property: Description("The bucket; empty with fullaccess.")] string? Bucket,
    [property: Description("read, readwrite or fullaccess.")] string? Permission
);

internal sealed record SpacesKeyInfo(
    string Name,
    string AccessKey,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? SecretKey,
    IReadOnlyList<GrantInfo> Grants,
    DateTimeOffset CreatedAt
);

internal sealed record SpacesKeysBody(IReadOnlyList<SpacesKeyInfo> Keys, LinksBody Links, Meta Meta);

internal sealed record SpacesKeyBody(SpacesKeyInfo Key);

internal sealed record SpacesKeyRequest(
    [property: Description("1 to 100 characters.")] string? Name,
    [property: Description("What the key reaches: fullaccess alone, or one entry for each bucket.")]
        IReadOnlyList<GrantInfo?>? Grants
);

internal sealed record ApiKeyInfo(
    string Uuid,
    string Name,
    DateTimeOffset CreatedAt,
    string CreatedBy,
    DateTimeOffset? DeletedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? SecretKey
);

internal sealed record ApiKeyInfosBody(IReadOnlyList<ApiKeyInfo> ApiKeyInfos, LinksBody Links, PagedMeta Meta);

internal sealed record ApiKeyInfoBody(ApiKeyInfo ApiKeyInfo);

internal sealed record GenAiModelInfo(
    string Uuid,
    string Name,
    string InferenceName,
    bool IsFoundational,
    string Provider,
    IReadOnlyList<string> Usecases,
    DateTimeOffset CreatedAt
);

internal sealed record GenAiModelsBody(IReadOnlyList<GenAiModelInfo> Models, LinksBody Links, PagedMeta Meta);

internal sealed record GenAiRegionInfo(
    string Region,
    string InferenceUrl,
    bool ServesBatch,
    bool ServesInference,
    string StreamInferenceUrl
);

internal sealed record GenAiRegionsBody(IReadOnlyList<GenAiRegionInfo> Regions);

internal sealed record VpcInfo(
    string Id,
    string Urn,
    string Name,
    string Description,
    string Region,
    string IpRange,
    IReadOnlyList<string> IpRanges,
    DateTimeOffset CreatedAt,
    bool Default
);

internal sealed record VpcsBody(IReadOnlyList<VpcInfo> Vpcs, LinksBody Links, Meta Meta);

internal sealed record VpcBody(VpcInfo Vpc);

internal sealed record VpcRequest(
    [property: Description("Its own in the region.")] string? Name,
    [property: Description("Up to 255 characters.")] string? Description,
    [property: Description("A region of the list.")] string? Region,
    [property: Description("One range in CIDR form, as older clients send it.")] string? IpRange,
    [property: Description("Ranges in CIDR form.")] IReadOnlyList<string?>? IpRanges,
    [property: Description("Whether it becomes the region's default; changes only.")] bool? Default
);

internal sealed record ProjectInfo(
    string Id,
    string OwnerUuid,
    long OwnerId,
    string Name,
    string Description,
    string Purpose,
    string Environment,
    bool IsDefault,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
);

internal sealed record ProjectsBody(IReadOnlyList<ProjectInfo> Projects, LinksBody Links, Meta Meta);

internal sealed record ProjectBody(ProjectInfo Project);

internal sealed record ModelAccessKeyInfo(
    string Uuid,
    string Name,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? SecretKey,
    JsonElement Models,
    bool Batch,
    string? VpcUuid,
    bool Legacy,
    string CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset? LastUsedAt
);

internal sealed record ModelAccessKeysBody(
    IReadOnlyList<ModelAccessKeyInfo> ModelAccessKeys,
    LinksBody Links,
    Meta Meta
);

internal sealed record ModelAccessKeyBody(ModelAccessKeyInfo ModelAccessKey);

internal sealed record ModelAccessKeyRequest(
    [property: Description("1 to 100 characters.")] string? Name,
    [property: Description("The text all, or a list of model ids.")] JsonElement? Models,
    [property: Description("Whether it may run batches.")] bool? Batch,
    [property: Description("The VPC network that it works from; nothing: from anywhere.")] Guid? VpcUuid
);

internal sealed record TokenItem(
    string Id,
    string Name,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Value,
    IReadOnlyList<string> Scopes,
    string Owner,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt
);

internal sealed record TokensBody(IReadOnlyList<TokenItem> Tokens, LinksBody Links, Meta Meta);

internal sealed record TokenBody(TokenItem Token);

internal sealed record TokenRequest(
    [property: Description("1 to 100 characters.")] string? Name,
    [property: Description("30d, 60d, 90d or 365d; nothing: no end.")] string? ExpiresIn,
    [property: Description("Scopes, or one of api:read and api:write alone; what they need comes along.")]
        IReadOnlyList<string?>? Scopes
);

internal sealed record NodeInfo(string Node, double AfterMs, bool ByLease);

/// <summary>Which nodes act on a change, and how long after it was stored.</summary>
internal sealed record ReceiptInfo(long Version, IReadOnlyList<NodeInfo> Nodes)
{
    public static ReceiptInfo Of(Receipt receipt) =>
        new(
            receipt.Version,
            [.. receipt.Nodes.Select(n => new NodeInfo(n.Node, Math.Round(n.After.TotalMilliseconds, 1), n.ByLease))]
        );
}

internal sealed record OperationRequest(
    [property: Description("Functions: the namespace; nothing: the key's own.")] string? Namespace,
    [property: Description("Spaces: the bucket; nothing: listing buckets.")] string? Bucket,
    [property: Description("Spaces: read, readwrite or fullaccess; read unless said.")] string? Permission,
    [property: Description("Inference: model, batch, catalogue or unscoped; model unless said.")] string? Endpoint,
    [property: Description("Inference: the model's id.")] string? Model,
    [property: Description("API: the scopes that the call needs.")] IReadOnlyList<string?>? Scopes
);

internal sealed record VerifyRequest(
    [property: Description("A key's id; its secret is taken as right.")] string? KeyId,
    [property: Description("A credential as its holder has it: id:secret, or a bearer's.")] string? Credential,
    [property: Description("What the key would do.")] OperationRequest? Operation,
    [property: Description("The address from which the call would come.")] string? SourceIp,
    [property: Description("When it would come; nothing: now.")] DateTimeOffset? At
);

internal sealed record CheckInfo(string Check, bool Passed, string Detail);

internal sealed record DecidedKey(string Id, string Name);

internal sealed record DecisionInfo(
    string Family,
    bool Allowed,
    string? Reason,
    DecidedKey? Key,
    IReadOnlyList<CheckInfo> Checks
);

internal sealed record DecisionBody(DecisionInfo Decision);

internal sealed record RefusedDecisionInfo(
    string RequestId,
    DateTimeOffset At,
    string Family,
    bool Allowed,
    string Reason,
    string Operation,
    string Address,
    string Client,
    long Count,
    DecidedKey? Key,
    IReadOnlyList<CheckInfo> Checks
);

internal sealed record RefusedDecisionBody(RefusedDecisionInfo Decision);

internal sealed record RefusedUseInfo(
    string RequestId,
    DateTimeOffset At,
    string Family,
    string Reason,
    string Operation,
    string Address,
    string Client,
    long Count,
    DecidedKey? Key
);

internal sealed record RefusedUsesBody(IReadOnlyList<RefusedUseInfo> Decisions, LinksBody Links, Meta Meta);

internal sealed record MemberInfo(
    string Id,
    string Email,
    string Name,
    string Role,
    bool TwoFactor,
    int KeysHeld,
    DateTimeOffset JoinedAt,
    DateTimeOffset? LastActiveAt
);

internal sealed record MembersBody(IReadOnlyList<MemberInfo> Members, LinksBody Links, Meta Meta);

internal sealed record RoleRequest(
    [property: Description("owner, member, modifier, resource_viewer, biller or billing_viewer.")] string? Role
);

internal sealed record RoleChangeBody(string Role, ReceiptInfo Receipt);

internal sealed record MemberRemovalRequest(
    [property: Description("Those of their Spaces and model keys that are to be revoked as well.")]
        IReadOnlyList<Guid>? AlsoRevoke
);

internal sealed record RevokedCounts(int NamespaceKeys, int Tokens, int OtherKeys);

internal sealed record MemberRemovedBody(RevokedCounts Revoked, ReceiptInfo Receipt);

internal sealed record InvitationInfo(
    string Id,
    string Email,
    string Role,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Link,
    string InvitedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt
);

internal sealed record InvitationsBody(IReadOnlyList<InvitationInfo> Invitations, LinksBody Links, Meta Meta);

internal sealed record InvitationBody(InvitationInfo Invitation);

internal sealed record InvitationRequest(
    [property: Description("Whom.")] string? Email,
    [property: Description("owner, member, modifier, resource_viewer, biller or billing_viewer.")] string? Role
);

internal sealed record AuditTarget(string Kind, string Id, string Name);

internal sealed record AuditEntryInfo(
    long Sequence,
    DateTimeOffset At,
    string Who,
    string Door,
    string Action,
    AuditTarget Target,
    string Result,
    JsonElement? Details,
    string Address,
    string RequestId,
    string GroupId
);

/// <param name="Verified">Entries that fit, from the first on.</param>
/// <param name="FirstMisfit">The number of the first entry that does not fit, or is not there.</param>
/// <param name="Fault"><c>missing</c>, <c>altered</c> or <c>unknown_master_key</c>.</param>
internal sealed record AuditVerdict(bool IsIntact, long Verified, long? FirstMisfit, string? Fault);

internal sealed record AuditVerdictBody(AuditVerdict Verdict);

internal sealed record AuditBody(IReadOnlyList<AuditEntryInfo> Entries, LinksBody Links, Meta Meta);
