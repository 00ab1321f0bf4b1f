using System.Globalization;
using System.Net;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Shared;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Try;

/// <summary>Asks the engine about a key and an operation, and explains the answer.</summary>
public sealed partial class TryPage
{
    private static readonly Choice[] s_operations =
    [
        new("read", "List or read objects"),
        new("write", "Write or delete objects"),
        new("full", "Change the bucket's settings"),
    ];

    private static readonly Choice[] s_endpoints =
    [
        new("model", "Call a model"),
        new("batch", "Batches and their files"),
        new("catalogue", "List models"),
    ];

    private static readonly Choice[] s_scopes = [.. ScopeCatalog.All.Select(s => new Choice(s.Name, s.Name))];

    private IReadOnlyList<FoundKey> _found = [];
    private IReadOnlyList<Choice> _keys = [];
    private IReadOnlyList<Choice> _namespaces = [];
    private TryResult? _result;
    private Refusal? _refusal;
    private string? _keyId;
    private string? _pasted;
    private string? _namespace;
    private string? _bucket;
    private string? _operation = "read";
    private string? _endpoint = "model";
    private string? _model;
    private string? _scope;
    private string? _source;
    private string? _time;

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [SupplyParameterFromQuery(Name = "key")]
    public string? KeyInAddress { get; set; }

    [Inject]
    public required TryKey Try { get; init; }

    [Inject]
    public required FindKeys Find { get; init; }

    [Inject]
    public required ListNamespaces Namespaces { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    private KeyFamily? Family =>
        Guid.TryParse(_keyId, out var id) ? _found.FirstOrDefault(k => k.Id == id)?.Family : TryKey.FamilyOf(_pasted);

    private string? Advice =>
        _result is { IsAllowed: false } refused ? TryAdvice.For(refused, _bucket, _model, _scope) : null;

    protected override async Task OnInitializedAsync()
    {
        if (!Person.May("access:verify"))
        {
            return;
        }

        var actor = await Actor.GetActorAsync();
        _found = (await Find.ExecuteAsync(actor, search: null, take: 200, CancellationToken.None)).Value ?? [];
        _keys = [.. _found.Select(k => new Choice(k.Id.ToString(), Label(k)))];
        _namespaces =
        [
            .. (
                (await Namespaces.ExecuteAsync(actor, new PageRequest(Take: 200), CancellationToken.None)).Value?.Items
                ?? []
            ).Select(n => new Choice(n.Id, n.Label)),
        ];
        _keyId = _found.Any(k => k.Id.ToString() == KeyInAddress) ? KeyInAddress : null;
    }

    private static string Label(FoundKey key) =>
        key.Family switch
        {
            KeyFamily.Functions => $"{key.Name} (namespace {key.Place})",
            KeyFamily.Spaces => $"{key.Name} (Spaces)",
            KeyFamily.Inference => $"{key.Name} (model key)",
            _ => $"{key.Name} (API token)",
        };

    private void Choose(string key)
    {
        _keyId = key;
        _pasted = "";
        _result = null;
    }

    private void Paste(string credential)
    {
        _pasted = credential;
        _keyId = null;
        _result = null;
    }

    private async Task TryAsync()
    {
        _result = null;
        var errors = new List<FieldError>();
        IPAddress? source = null;
        if (!string.IsNullOrWhiteSpace(_source) && !IPAddress.TryParse(_source.Trim(), out source))
        {
            errors.Add(new FieldError("Source", "Give an IPv4 or IPv6 address such as 203.0.113.7."));
        }

        DateTimeOffset? at = null;
        if (!string.IsNullOrWhiteSpace(_time))
        {
            if (
                DateTimeOffset.TryParse(
                    _time,
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal,
                    out var read
                )
            )
            {
                at = read;
            }
            else
            {
                errors.Add(new FieldError("Time", "Give a date and a time."));
            }
        }

        if (errors.Count > 0)
        {
            _refusal = new Refusal.Invalid(errors);
            return;
        }

        var outcome = await Try.ExecuteAsync(
            await Actor.GetActorAsync(),
            new TryInput(Guid.TryParse(_keyId, out var id) ? id : null, _pasted)
            {
                Namespace = string.IsNullOrEmpty(_namespace) ? null : _namespace,
                Bucket = string.IsNullOrWhiteSpace(_bucket) ? null : _bucket.Trim(),
                Right = _operation switch
                {
                    "write" => BucketRight.ReadWrite,
                    "full" => BucketRight.FullAccess,
                    _ => BucketRight.Read,
                },
                Endpoint = _endpoint switch
                {
                    "batch" => InferenceEndpoint.Batch,
                    "catalogue" => InferenceEndpoint.Catalogue,
                    _ => InferenceEndpoint.Model,
                },
                Model = string.IsNullOrWhiteSpace(_model) ? null : _model.Trim(),
                Scopes = string.IsNullOrEmpty(_scope) ? [] : [_scope],
                Source = source,
                At = at,
            },
            CancellationToken.None
        );
        _refusal = outcome.Refusal;
        _result = outcome.Value;
    }
}
