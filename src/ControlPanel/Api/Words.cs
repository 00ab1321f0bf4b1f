using System.Text.Json;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Api;

/// <summary>The closed vocabularies as the wire spells them: snake case of the name that the program has for them.</summary>
internal static class Words
{
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>What to say to a role that is none.</summary>
    public static string RoleRule { get; } =
        $"role must be one of {string.Join(", ", Enum.GetValues<TeamRole>().Select(Of))}";

    /// <summary>A right on a bucket, in the words of Spaces grants (contract 3.3).</summary>
    public static BucketRight? BucketRightOf(string text) =>
        text switch
        {
            "read" => BucketRight.Read,
            "readwrite" => BucketRight.ReadWrite,
            "fullaccess" => BucketRight.FullAccess,
            _ => null,
        };

    public static InferenceEndpoint? EndpointOf(string text) => Find<InferenceEndpoint>(text);

    public static TeamRole? RoleOf(string? text) => Find<TeamRole>(text);

    public static KeyFamily? FamilyOf(string text) => Find<KeyFamily>(text);

    private static T? Find<T>(string? text)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(Of(value), text, StringComparison.Ordinal))
            {
                return value;
            }
        }

        return null;
    }
}
