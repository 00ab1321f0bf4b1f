using ControlPanel.Verification.Keys;

namespace ControlPanel.Shared;

/// <summary>Where the console shows a key.</summary>
public static class KeyAddresses
{
    /// <summary>The list that the key is in, searched for its name.</summary>
    /// <param name="place">The namespace's id for a namespace key.</param>
    /// <param name="isOwn">Whether it is the reader's own.</param>
    /// <param name="isLegacy">Whether it is from before its family's keys were what they are now.</param>
    public static string Of(KeyFamily family, string name, string place, bool isOwn, bool isLegacy)
    {
        var search = $"?q={Uri.EscapeDataString(name)}";
        return family switch
        {
            // The shared credential has no name of its own, and a section instead of a row.
            KeyFamily.Functions when isLegacy => $"/functions/{place}/settings",
            KeyFamily.Functions => $"/functions/{place}/settings{search}",
            KeyFamily.Spaces => $"/spaces/access-keys{search}",
            KeyFamily.Inference when isLegacy => $"/inference/manage/legacy{search}",
            KeyFamily.Inference => isOwn ? $"/inference/manage{search}" : $"/inference/manage/team{search}",
            _ => isOwn ? $"/account/api/tokens{search}" : $"/account/api/tokens{search}&team=true",
        };
    }

    /// <summary>What kind of key it is.</summary>
    /// <param name="placeName">The namespace's label for a namespace key.</param>
    public static string Kind(KeyFamily family, string placeName) =>
        family switch
        {
            KeyFamily.Functions => $"Namespace key in {placeName}",
            KeyFamily.Spaces => "Spaces key",
            KeyFamily.Inference => "Model key",
            _ => "API token",
        };
}
