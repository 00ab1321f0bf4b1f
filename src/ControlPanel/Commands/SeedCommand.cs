using System.Globalization;
using ControlPanel.Configuration;
using ControlPanel.Data.Seed;
using ControlPanel.Hosting;

namespace ControlPanel.Commands;

/// <summary>Fills an installation with example keys and audit entries, so that it can be measured at its full size.</summary>
internal static class SeedCommand
{
    /// <param name="say">Takes a line for the operator.</param>
    /// <exception cref="StartRefusedException">The folder cannot be used, or nobody is set up in it.</exception>
    public static async Task RunAsync(StartCommand.Seed command, Action<string> say, CancellationToken ct = default)
    {
        await using var workshop = await Workshop.OpenAsync(command.DataFolder, ct);
        var clock = workshop.Services.GetRequiredService<TimeProvider>();
        if (command.Keys > 0)
        {
            var start = clock.GetTimestamp();
            var large = await workshop
                .Services.GetRequiredService<KeySeed>()
                .AddAsync(command.Keys, into: null, done => Progress(say, done, command.Keys, "keys"), ct);
            var made = large ?? throw NobodySetUp(command.DataFolder);
            say(
                $"{Number(command.Keys)} keys added in {Seconds(clock.GetElapsedTime(start))}; most of one namespace: {made}"
            );
        }

        if (command.AuditEntries > 0)
        {
            var start = clock.GetTimestamp();
            var done = await workshop
                .Services.GetRequiredService<AuditSeed>()
                .AddAsync(
                    command.AuditEntries,
                    into: null,
                    made => Progress(say, made, command.AuditEntries, "audit entries"),
                    ct
                );
            if (!done)
            {
                throw NobodySetUp(command.DataFolder);
            }

            say($"{Number(command.AuditEntries)} audit entries added in {Seconds(clock.GetElapsedTime(start))}");
        }
    }

    private static void Progress(Action<string> say, int done, int all, string what)
    {
        if (done < all && done % 100_000 == 0)
        {
            say($"  {Number(done)} of {Number(all)} {what}");
        }
    }

    private static StartRefusedException NobodySetUp(string folder) =>
        new($"Nobody is set up in {folder}; start the panel with it once, or with --demo.");

    private static string Number(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");
}
