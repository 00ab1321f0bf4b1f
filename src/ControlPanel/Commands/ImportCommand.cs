using System.Text;
using ControlPanel.Configuration;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Hosting;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Commands;

/// <summary>
/// <c>./run import legacy</c>: takes over shared credentials of namespaces from a file of lines <c>namespace,uuid,key</c>.
/// </summary>
internal static class ImportCommand
{
    // A file of credentials is small; anything larger is another file.
    private const int MaxBytes = 16 * 1024 * 1024;

    /// <returns>0 when everything was, or could be, taken; 1 when something is wrong with the file.</returns>
    /// <param name="say">Takes a line for the operator; never told a key.</param>
    /// <exception cref="StartRefusedException">The folder or the file cannot be used.</exception>
    public static async Task<int> RunAsync(
        StartCommand.ImportLegacy command,
        Action<string> say,
        CancellationToken ct = default
    )
    {
        var entries = await ReadAsync(command.File, ct);
        try
        {
            await using var workshop = await Workshop.OpenAsync(command.DataFolder, ct);
            var outcome = await workshop
                .Services.GetRequiredService<ImportLegacyCredentials>()
                .ExecuteAsync(new Actor(Guid.Empty, Guid.Empty, Door.Command), entries, command.DryRun, ct);
            var import =
                outcome.Value ?? throw new StartRefusedException($"The import was refused: {outcome.Refusal}.");
            foreach (var fault in import.Faults)
            {
                say($"line {fault.Line}: {fault.Message}");
            }

            say(
                import.Faults.Count > 0
                    ? $"Nothing was imported: {import.Faults.Count} of {entries.Count} lines are wrong."
                : command.DryRun
                    ? $"Would import {import.Added}; {import.Known} are there already. Nothing was changed."
                : $"Imported {import.Added}; {import.Known} were there already."
            );
            return import.Faults.Count > 0 ? 1 : 0;
        }
        finally
        {
            entries.ForEach(e => e.Key.Dispose());
        }
    }

    /// <summary>Reads the lines; empty ones, those that begin with # and a heading do not count.</summary>
    /// <exception cref="StartRefusedException">It cannot be read, or a line has not three values.</exception>
    internal static async Task<List<LegacyEntry>> ReadAsync(string file, CancellationToken ct)
    {
        string[] lines;
        try
        {
            if (new FileInfo(file).Length > MaxBytes)
            {
                throw new StartRefusedException($"{file} is larger than 16 MiB; that is no file of credentials.");
            }

            lines = await File.ReadAllLinesAsync(file, Encoding.UTF8, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"{file} cannot be read: {e.Message}", e);
        }

        var entries = new List<LegacyEntry>();
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#' || (i == 0 && line is "namespace,uuid,key"))
            {
                continue;
            }

            // The line itself stays out of the message: it holds a key.
            entries.Add(
                line.Split(',', StringSplitOptions.TrimEntries) is [var space, var uuid, var key]
                    ? new LegacyEntry(i + 1, space, uuid, new Secret(key))
                    : throw new StartRefusedException(
                        $"{file}, line {i + 1}: three values are needed, namespace,uuid,key."
                    )
            );
        }

        return entries;
    }
}
