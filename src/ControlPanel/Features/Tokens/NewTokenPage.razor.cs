using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Shared;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Tokens;

/// <summary>Makes a token: its name, its end, and what it may do.</summary>
public sealed partial class NewTokenPage
{
    private static readonly (string Text, string Href)[] s_path = [("API", "/account/api/tokens")];

    private readonly string _scopesId = $"scopes-{Ids.Next()}";
    private readonly HashSet<string> _chosen = new(StringComparer.Ordinal);
    private Refusal? _refusal;
    private OneTimeSecret? _secret;
    private string? _name;
    private string _choice = "";
    private string? _lifetime;
    private ScopeKind? _kind;
    private bool _busy;

    private enum ScopeKind
    {
        Full,
        Read,
        Custom,
    }

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [Inject]
    public required CreateToken Create { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required TokenExamples Examples { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    private static string Title(ScopeKind kind) =>
        kind switch
        {
            ScopeKind.Full => "Full Access",
            ScopeKind.Read => "Read Only",
            _ => "Custom Scopes",
        };

    private static string Explain(ScopeKind kind) =>
        kind switch
        {
            ScopeKind.Full => "Everything your role allows, now and later.",
            ScopeKind.Read => "Reads what your role may read; changes nothing.",
            _ => "Just what you tick.",
        };

    private void Choose((string Choice, string? Lifetime) chosen) => (_choice, _lifetime) = chosen;

    private async Task CreateAsync()
    {
        if (_busy)
        {
            return;
        }

        var errors = new List<FieldError>();
        if (_choice.Length == 0)
        {
            errors.Add(new FieldError("ExpiresIn", "Choose when the token expires."));
        }

        if (_kind is null)
        {
            errors.Add(new FieldError("Scopes", "Choose what the token may do."));
        }

        if (errors.Count > 0)
        {
            _refusal = new Refusal.Invalid(errors);
            return;
        }

        _busy = true;
        try
        {
            IReadOnlyList<string> scopes = _kind switch
            {
                ScopeKind.Full => [KeyScope.Api.WriteAlias],
                ScopeKind.Read => [KeyScope.Api.ReadAlias],
                _ => [.. _chosen],
            };
            var outcome = await Create.ExecuteAsync(
                await Actor.GetActorAsync(),
                new NewTokenRequest(_name, _lifetime, scopes),
                CancellationToken.None
            );
            _refusal = outcome.Refusal;
            if (outcome.IsDone)
            {
                _secret = Examples.Reveal(outcome.Value);
            }
        }
        finally
        {
            _busy = false;
        }
    }

    private void Leave()
    {
        _secret = null;
        Navigation.NavigateTo("/account/api/tokens");
    }
}
