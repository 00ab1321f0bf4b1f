using System.Text.Json;
using System.Text.Json.Serialization;

namespace ControlPanel.Api.Contract;

/// <summary>
/// Every wire type of the <c>/v2</c> API, spelled as its clients expect it (snake case, explicit nulls, RFC 3339 times in
/// UTC). Unknown members are ignored, as the real service does; nesting is bounded.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    MaxDepth = 32,
    Converters = [typeof(UtcTimeConverter)]
)]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(TokenInfo))]
[JsonSerializable(typeof(AccountBody))]
[JsonSerializable(typeof(RegionsBody))]
[JsonSerializable(typeof(NamespacesBody))]
[JsonSerializable(typeof(NamespaceRequest))]
[JsonSerializable(typeof(NamespaceBody))]
[JsonSerializable(typeof(NamespaceKeysBody))]
[JsonSerializable(typeof(NamespaceKeyBody))]
[JsonSerializable(typeof(NamespaceKeyRequest))]
[JsonSerializable(typeof(NameRequest))]
[JsonSerializable(typeof(TriggersBody))]
[JsonSerializable(typeof(EmptyBody))]
[JsonSerializable(typeof(SpacesKeysBody))]
[JsonSerializable(typeof(SpacesKeyBody))]
[JsonSerializable(typeof(SpacesKeyRequest))]
[JsonSerializable(typeof(ApiKeyInfosBody))]
[JsonSerializable(typeof(ApiKeyInfoBody))]
[JsonSerializable(typeof(GenAiModelsBody))]
[JsonSerializable(typeof(GenAiRegionsBody))]
[JsonSerializable(typeof(VpcsBody))]
[JsonSerializable(typeof(VpcBody))]
[JsonSerializable(typeof(VpcRequest))]
[JsonSerializable(typeof(ProjectsBody))]
[JsonSerializable(typeof(ProjectBody))]
[JsonSerializable(typeof(ModelAccessKeysBody))]
[JsonSerializable(typeof(ModelAccessKeyBody))]
[JsonSerializable(typeof(ModelAccessKeyRequest))]
[JsonSerializable(typeof(TokensBody))]
[JsonSerializable(typeof(TokenBody))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(VerifyRequest))]
[JsonSerializable(typeof(DecisionBody))]
[JsonSerializable(typeof(RefusedDecisionBody))]
[JsonSerializable(typeof(RefusedUsesBody))]
[JsonSerializable(typeof(MembersBody))]
[JsonSerializable(typeof(RoleRequest))]
[JsonSerializable(typeof(RoleChangeBody))]
[JsonSerializable(typeof(MemberRemovalRequest))]
[JsonSerializable(typeof(MemberRemovedBody))]
[JsonSerializable(typeof(InvitationsBody))]
[JsonSerializable(typeof(InvitationBody))]
[JsonSerializable(typeof(InvitationRequest))]
[JsonSerializable(typeof(AuditBody))]
[JsonSerializable(typeof(AuditVerdictBody))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class ApiJson : JsonSerializerContext;

/// <summary>Writes instants as <c>2026-01-31T12:00:00Z</c>: doctl prints any offset but labels it UTC.</summary>
internal sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null));
}
