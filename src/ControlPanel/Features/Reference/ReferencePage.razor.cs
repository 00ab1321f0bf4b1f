using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Reference;

/// <summary>The API as people read about it; from the same source as the OpenAPI document.</summary>
public sealed partial class ReferencePage
{
    private static readonly (string Text, string Href)[] s_path = [("API", "/account/api/tokens")];

    private IReadOnlyList<ReferenceGroup>? _groups;
    private string? _search;

    [Inject]
    public required IApiReference Reference { get; init; }

    private IReadOnlyList<ReferenceGroup> Shown =>
        [
            .. (_groups ?? [])
                .Select(g => g with { Endpoints = [.. g.Endpoints.Where(e => Fits(g, e))] })
                .Where(g => g.Endpoints.Count > 0),
        ];

    protected override async Task OnInitializedAsync() => _groups = await Reference.GetAsync();

    private bool Fits(ReferenceGroup group, ReferenceEndpoint endpoint) =>
        (_search ?? "")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .All(word =>
                $"{group.Name} {endpoint.Method} {endpoint.Path} {endpoint.Summary} {string.Join(' ', endpoint.Scopes)}".Contains(
                    word,
                    StringComparison.OrdinalIgnoreCase
                )
            );
}
