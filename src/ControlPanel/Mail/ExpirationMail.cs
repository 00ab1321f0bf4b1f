using System.Globalization;
using System.Text;
using ControlPanel.Data.Expirations;
using ControlPanel.Hosting;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Mail;

/// <summary>
/// Mails people of keys that come to their end: one mail a day at most, with what is new since the last. Of a key's last
/// day they are told within the hour.
/// </summary>
public sealed partial class ExpirationMail(
    ExpirationNotices notices,
    MailDesk desk,
    ListenAddresses addresses,
    TimeProvider clock,
    ILogger<ExpirationMail> logger
) : BackgroundService
{
    /// <summary>How often it looks who is to be mailed.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    // More would be read by nobody; the page shows all of them.
    private const int MostLines = 50;

    /// <summary>Sends every mail that is due. Called by the timer and by tests.</summary>
    /// <returns>How many the mail server took.</returns>
    public async Task<int> SendDueAsync(CancellationToken ct)
    {
        var sent = 0;
        while (desk.IsSetUp && await notices.TakeAsync(ct) is { } message)
        {
            var (subject, text) = Write(message);
            var outcome = await desk.SendAsync(message.Email, subject, text, "A mail about expiring keys", ct);
            await notices.NoteAsync(message, outcome == MailOutcome.Sent, CancellationToken.None);
            if (outcome != MailOutcome.Sent)
            {
                // Who could not be reached for this one is not reached for the next one either.
                break;
            }

            sent++;
        }

        return sent;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (desk.IsSetUp && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                await SendDueAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.NotLooked(logger, e);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(Interval, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private (string Subject, string Text) Write(ExpirationMessage message)
    {
        var now = clock.GetUtcNow();
        var text = new StringBuilder();
        text.AppendLine("These keys expire soon. Programs that use one are refused from then on.");
        var lines = message.Lines;
        foreach (var team in lines.Take(MostLines).GroupBy(l => l.Team, StringComparer.Ordinal))
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Team {team.Key}");
            foreach (var line in team)
            {
                text.Append("- ")
                    .Append(line.Name)
                    .Append(", ")
                    .Append(Kind(line))
                    .Append(line.IsOwn ? ", made by you" : "")
                    .Append(CultureInfo.InvariantCulture, $": {In(line.ExpiresAt - now)}, ")
                    .AppendLine(
                        line.ExpiresAt.UtcDateTime.ToString("d MMM yyyy HH:mm 'UTC'", CultureInfo.InvariantCulture)
                    );
            }
        }

        if (lines.Count > MostLines)
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"and {lines.Count - MostLines} more.");
        }

        text.AppendLine()
            .AppendLine("All of them, and what each is used for:")
            .AppendLine(CultureInfo.InvariantCulture, $"{addresses.Panel}/expiring")
            .AppendLine()
            .AppendLine(
                "You are told 30, 7 and 1 days before the end of a key: as its maker, or as an owner of its team."
            );
        return (lines.Count == 1 ? "1 key expires soon" : $"{lines.Count} keys expire soon", text.ToString());
    }

    private static string Kind(ExpiringLine line) =>
        line.Family switch
        {
            KeyFamily.Functions => $"namespace {line.Place}",
            KeyFamily.Spaces => "Spaces key",
            KeyFamily.Inference => "model key",
            _ => "API token",
        };

    private static string In(TimeSpan left) =>
        left.TotalDays >= 1.5 ? $"in {(int)Math.Round(left.TotalDays)} days"
        : left.TotalHours >= 1.5 ? $"in {(int)Math.Round(left.TotalHours)} hours"
        : "within two hours";

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.ExpirationsNotMailed,
            LogLevel.Error,
            "Who is to be mailed about expiring keys could not be read; it is tried again"
        )]
        public static partial void NotLooked(ILogger logger, Exception exception);
    }
}
