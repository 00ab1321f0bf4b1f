using ControlPanel.Configuration;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Providers;
using ControlPanel.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Commands;

/// <summary>
/// <c>./run import legacy</c> and <c>./run import legacy-models</c>: takes over shared credentials of namespaces, or model
/// keys of an earlier issuer, from a file.
/// </summary>
internal static class ImportCommand
{
    /// <returns>0 when everything was, or could be, taken; 1 when something is wrong with the file.</returns>
    /// <param name="say">Takes a line for the operator; never told a key.</param>
    /// <exception cref="StartRefusedException">The folder or the file cannot be used.</exception>
    public static async Task<int> RunAsync(
        StartCommand.ImportLegacy command,
        Action<string> say,
        CancellationToken ct = default
    )
    {
        using var file = await ReadAsync(command.File, ImportLegacyCredentials.Heading, ct);
        await using var workshop = await Workshop.OpenAsync(command.DataFolder, ct);
        var outcome = await workshop
            .Services.GetRequiredService<ImportLegacyCredentials>()
            .ExecuteAsync(new Actor(Guid.Empty, Guid.Empty, Door.Command), file.Lines, Mode(command.DryRun), ct);
        return Report(outcome, command.DryRun, file.Lines.Count, say);
    }

    /// <inheritdoc cref="RunAsync(StartCommand.ImportLegacy, Action{string}, CancellationToken)"/>
    public static async Task<int> RunAsync(
        StartCommand.ImportModels command,
        Action<string> say,
        CancellationToken ct = default
    )
    {
        using var file = await ReadAsync(command.File, ImportModelKeys.Heading, ct);
        await using var workshop = await Workshop.OpenAsync(command.DataFolder, ct);
        var team = await FindTeamAsync(workshop, command.Team, ct);
        var outcome = await workshop
            .Services.GetRequiredService<ImportModelKeys>()
            .ExecuteAsync(new Actor(Guid.Empty, team, Door.Command), file.Lines, Mode(command.DryRun), ct);
        return Report(outcome, command.DryRun, file.Lines.Count, say);
    }

    /// <summary>Reads a file of credentials.</summary>
    /// <exception cref="StartRefusedException">It cannot be read or is too large.</exception>
    internal static async Task<CredentialFile> ReadAsync(string file, string heading, CancellationToken ct)
    {
        byte[] bytes;
        try
        {
            if (new FileInfo(file).Length > CredentialFile.MaxBytes)
            {
                throw new StartRefusedException($"{file} is larger than 1 MiB; import it in parts.");
            }

            bytes = await File.ReadAllBytesAsync(file, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"{file} cannot be read: {e.Message}", e);
        }

        try
        {
            var read = CredentialFile.Read(bytes, heading);
            return read.IsDone ? read.Value : throw new StartRefusedException($"{file}: {Say(read.Refusal)}");
        }
        finally
        {
            Array.Clear(bytes);
        }
    }

    private static ImportMode Mode(bool dryRun) => dryRun ? ImportMode.DryRun : ImportMode.AllOrNone;

    private static int Report(Outcome<ImportResult> outcome, bool dryRun, int lines, Action<string> say)
    {
        var import = outcome.Value ?? throw new StartRefusedException($"The import was refused: {outcome.Refusal}.");
        foreach (var fault in import.Faults)
        {
            say($"line {fault.Line}: {fault.Message}");
        }

        say(
            import.Faults.Count > 0 ? $"Nothing was imported: {import.Faults.Count} of {lines} lines are wrong."
            : dryRun ? $"Would import {import.Added}; {import.Known} are there already. Nothing was changed."
            : $"Imported {import.Added}; {import.Known} were there already."
        );
        return import.Faults.Count > 0 ? 1 : 0;
    }

    private static async Task<Guid> FindTeamAsync(Workshop workshop, string? named, CancellationToken ct)
    {
        await using var db = workshop.Services.GetRequiredService<IControlPanelStore>().OpenRead();
        var teams = await db.Teams.OrderBy(t => t.CreatedAt).Select(t => new { t.Id, t.Name }).ToListAsync(ct);
        var fitting = named is null
            ? teams
            : [.. teams.Where(t => t.Name == named || (Guid.TryParse(named, out var id) && t.Id == id))];
        return fitting switch
        {
            [var team] => team.Id,
            [] when named is null => throw new StartRefusedException("Nobody is set up yet; start the panel once."),
            [] => throw new StartRefusedException($"There is no team {named}."),
            _ => throw new StartRefusedException(
                $"Name the team with --team: {string.Join(", ", fitting.Select(t => $"{t.Name} ({t.Id})"))}."
            ),
        };
    }

    private static string Say(Refusal refusal) =>
        refusal is Refusal.Invalid invalid
            ? string.Join(' ', invalid.Errors.Select(e => e.Message))
            : throw new System.Diagnostics.UnreachableException();
}
