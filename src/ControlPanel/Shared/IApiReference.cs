namespace ControlPanel.Shared;

/// <summary>What the reference page knows of the API: the same as its OpenAPI document says.</summary>
public interface IApiReference
{
    /// <summary>Every endpoint, in groups, in the order in which they are mapped.</summary>
    Task<IReadOnlyList<ReferenceGroup>> GetAsync();
}

/// <summary>Endpoints of one subject.</summary>
/// <param name="Anchor">Its place on the page.</param>
public sealed record ReferenceGroup(string Name, string Anchor, IReadOnlyList<ReferenceEndpoint> Endpoints);

/// <summary>One endpoint.</summary>
/// <param name="Remark">What there is to know beyond the summary; empty when nothing.</param>
/// <param name="Scopes">What a token needs; empty: any valid token.</param>
/// <param name="Parameters">In the path and in the query.</param>
/// <param name="Body">Its members; those of members with a dot.</param>
/// <param name="Answer">Those of a successful answer.</param>
/// <param name="Curl">A line that calls it, with shell variables for what only the reader knows.</param>
public sealed record ReferenceEndpoint(
    string Id,
    string Method,
    string Path,
    string Summary,
    string Remark,
    IReadOnlyList<string> Scopes,
    IReadOnlyList<ReferenceField> Parameters,
    IReadOnlyList<ReferenceField> Body,
    string Status,
    IReadOnlyList<ReferenceField> Answer,
    string Curl
);

/// <summary>A parameter or a member.</summary>
/// <param name="Type">In words: <c>text</c>, <c>time</c>, <c>list of text</c>…</param>
public sealed record ReferenceField(string Name, string Type, bool IsNeeded, string Description);
