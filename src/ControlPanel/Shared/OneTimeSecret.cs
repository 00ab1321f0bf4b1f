namespace ControlPanel.Shared;

/// <summary>One value to save.</summary>
/// <param name="Label">As on the page: <c>Access key ID</c>, <c>Secret key</c>.</param>
public sealed record SecretValue(string Label, string Value);

/// <summary>A ready line or file that uses the values.</summary>
public sealed record Snippet(string Tab, string Text);

/// <summary>
/// What a reveal shows. Filled by the handler that made the secret, forgotten on <em>Done</em>; it is never a parameter
/// of a page, never in an address, never prerendered.
/// </summary>
public sealed class OneTimeSecret(
    string what,
    IReadOnlyList<SecretValue> values,
    IReadOnlyList<Snippet> snippets,
    string fileName
)
{
    /// <summary>What was made, as a sentence.</summary>
    public string What { get; } = what;

    public IReadOnlyList<SecretValue> Values { get; private set; } = values;

    public IReadOnlyList<Snippet> Snippets { get; private set; } = snippets;

    /// <summary>The name of the file to download.</summary>
    public string FileName { get; } = fileName;

    /// <summary>The content of the file to download: the snippet of that name.</summary>
    public string EnvFile => Snippets.First(s => s.Tab == ".env").Text;

    /// <summary>Drops everything.</summary>
    public void Forget()
    {
        Values = [];
        Snippets = [];
    }
}
