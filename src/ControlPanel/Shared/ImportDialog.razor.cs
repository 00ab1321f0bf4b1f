using System.Globalization;
using ControlPanel.Data.Operations;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;

namespace ControlPanel.Shared;

/// <summary>
/// Takes a file of credentials, or pasted lines: shows first what would happen, by line number, then imports. What was
/// handed in is on no page, in no log and in no field of a form; it is overwritten when the dialog closes.
/// </summary>
public sealed partial class ImportDialog : IDisposable
{
    // More would only be scrolled past: who has a thousand wrong lines has the wrong file.
    private const int MaxShown = 100;

    private readonly string _id = $"import-{Ids.Next()}";
    private ElementReference _text;
    private IBrowserFile? _file;
    private byte[] _bytes = [];
    private ImportResult? _checked;
    private Refusal? _refusal;
    private int _round;
    private bool _busy;

    [Parameter, EditorRequired]
    public required string Title { get; set; }

    /// <summary>What one of them is called: <c>credential</c>.</summary>
    [Parameter, EditorRequired]
    public required string Noun { get; set; }

    /// <summary>The first line that a file may have; names the values of a line.</summary>
    [Parameter, EditorRequired]
    public required string Heading { get; set; }

    /// <summary>The operation.</summary>
    [Parameter, EditorRequired]
    public required Func<
        Actor,
        IReadOnlyList<CredentialLine>,
        ImportMode,
        Task<Outcome<ImportResult>>
    > Import { get; set; }

    /// <summary>Says what is imported and how a line looks.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    /// <summary>Called with a sentence about what was imported.</summary>
    [Parameter]
    public EventCallback<string> OnImported { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required Browser Browser { get; init; }

    public void Dispose() => Array.Clear(_bytes);

    private static string Number(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Summary(ImportResult result) =>
        $"{Number(result.Added)} new, {Number(result.Known)} already there, {Number(result.Faults.Count)} refused."
        + (result.Added == 0 ? " There is nothing to import." : "");

    private string Many(int count) => count == 1 ? $"1 {Noun}" : $"{Number(count)} {Noun}s";

    private void RemoveFile()
    {
        // A new element: a browser lets nobody empty the old one.
        _round++;
        _file = null;
    }

    private Task BackAsync()
    {
        Array.Clear(_bytes);
        (_bytes, _checked, _refusal) = ([], null, null);
        return Task.CompletedTask;
    }

    private async Task NextAsync()
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        try
        {
            if (_checked is null)
            {
                await CheckAsync();
            }
            else
            {
                await ImportAsync();
            }
        }
        finally
        {
            _busy = false;
        }
    }

    private async Task CheckAsync()
    {
        var handed = _file is { } file
            ? await HandedIn.ReadAsync(file, CredentialFile.MaxBytes)
            : await Browser.ReadTextAsync(_text, CredentialFile.MaxBytes);
        if (handed is null)
        {
            _refusal = Refusal.Rule("File", "That is more than 1 MiB; import it in parts.");
            return;
        }

        if (!handed.AsSpan().ContainsAnyExcept(" \t\r\n"u8))
        {
            _refusal = Refusal.Rule("File", "Choose a file or paste lines.");
            return;
        }

        Array.Clear(_bytes);
        _bytes = handed;
        var outcome = await RunAsync(ImportMode.DryRun);
        (_checked, _refusal) = (outcome.Value, outcome.Refusal);
    }

    private async Task ImportAsync()
    {
        var outcome = await RunAsync(ImportMode.LeaveOutRefused);
        _refusal = outcome.Refusal;
        if (outcome.Value is { } done)
        {
            await OnImported.InvokeAsync(
                $"Imported {Many(done.Added)}."
                    + (done.Known > 0 ? $" {Number(done.Known)} were there already." : "")
                    + (done.Faults.Count > 0 ? $" {Number(done.Faults.Count)} lines were left out." : "")
            );
        }
    }

    private async Task<Outcome<ImportResult>> RunAsync(ImportMode mode)
    {
        var read = CredentialFile.Read(_bytes, Heading);
        if (!read.IsDone)
        {
            return read.Refusal;
        }

        using var lines = read.Value;
        return await Import(await Actor.GetActorAsync(), lines.Lines, mode);
    }
}
