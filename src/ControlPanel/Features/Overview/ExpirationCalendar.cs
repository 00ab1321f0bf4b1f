using System.Globalization;
using System.Text;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Shared;

namespace ControlPanel.Features.Overview;

/// <summary>
/// The ends of keys as an iCalendar file (RFC 5545), for whoever is signed in. No feed without signing in: its address
/// would be a secret in an address (docs/decisions/0040).
/// </summary>
internal static class ExpirationCalendar
{
    public const string Path = "/account/expirations.ics";

    // Beyond the longest lifetime that is offered.
    private static readonly TimeSpan s_ahead = TimeSpan.FromDays(400);

    // RFC 5545, 3.1: octets, without the line break.
    private const int LineLength = 75;

    private const int PageSize = 200;
    private const int MostEntries = 1_000;

    public static void MapExpirationCalendar(this IEndpointRouteBuilder app) =>
        app.MapGet(Path, WriteAsync).RequireAuthorization();

    /// <summary>The calendar of keys.</summary>
    /// <param name="host">Makes the entries' ids unique in the world; an entry keeps its id, so that it can be updated.</param>
    public static string Write(IEnumerable<ConcernedKey> keys, string host, DateTimeOffset now)
    {
        var text = new StringBuilder();
        Line(text, "BEGIN:VCALENDAR");
        Line(text, "VERSION:2.0");
        Line(text, "PRODID:-//ControlPanel//Expiring keys//EN");
        foreach (var key in keys.Where(k => k.ExpiresAt is not null))
        {
            var what = $"{KeyAddresses.Kind(key.Family, key.PlaceName)} {key.Name}";
            Line(text, "BEGIN:VEVENT");
            Line(text, $"UID:{key.Id}@{host}");
            Line(text, $"DTSTAMP:{Time(now)}");
            Line(text, $"DTSTART:{Time(key.ExpiresAt!.Value)}");
            Line(text, $"SUMMARY:{Escape($"{what} expires")}");
            Line(
                text,
                $"DESCRIPTION:{Escape($"Created by {(key.CreatedBy.Length > 0 ? key.CreatedBy : "a former member")}.")}"
            );
            Line(text, "TRANSP:TRANSPARENT");
            foreach (var days in new[] { 30, 7, 1 })
            {
                Line(text, "BEGIN:VALARM");
                Line(text, "ACTION:DISPLAY");
                Line(text, $"DESCRIPTION:{Escape($"{what} expires in {days} {(days == 1 ? "day" : "days")}")}");
                Line(text, $"TRIGGER:-P{days}D");
                Line(text, "END:VALARM");
            }

            Line(text, "END:VEVENT");
        }

        Line(text, "END:VCALENDAR");
        return text.ToString();
    }

    private static async Task WriteAsync(HttpContext http)
    {
        if (SignedIn.From(http.User) is not { } signedIn)
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        var services = http.RequestServices;
        var actor = new Actor(signedIn.UserId, Guid.Empty, Door.Panel)
        {
            SessionId = signedIn.SessionId,
            Address = signedIn.Address,
            RequestId = http.TraceIdentifier,
        };
        var standing = await services.GetRequiredService<GetMyStanding>().ExecuteAsync(actor, http.RequestAborted);
        actor = actor with { TeamId = standing.Value?.Current?.TeamId ?? Guid.Empty };

        var list = services.GetRequiredService<ListExpiringKeys>();
        var keys = new List<ConcernedKey>();
        while (keys.Count < MostEntries)
        {
            var page = await list.ExecuteAsync(
                actor,
                s_ahead,
                new PageRequest(keys.Count, PageSize),
                http.RequestAborted
            );
            if (!page.IsDone)
            {
                http.Response.StatusCode = StatusCodes.Status403Forbidden;
                await http.Response.WriteAsync(Refusals.Say(page.Refusal), http.RequestAborted);
                return;
            }

            keys.AddRange(page.Value.Items);
            if (page.Value.Items.Count < PageSize)
            {
                break;
            }
        }

        http.Response.ContentType = "text/calendar; charset=utf-8";
        http.Response.Headers.ContentDisposition = "attachment; filename=\"expiring-keys.ics\"";
        http.Response.Headers.CacheControl = "no-store";
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        await http.Response.WriteAsync(Write(keys, http.Request.Host.Host, now), http.RequestAborted);
    }

    private static string Time(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    // RFC 5545, 3.3.11. A carriage return or another control character has no place in a text at all.
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            _ = c switch
            {
                '\\' or ';' or ',' => escaped.Append('\\').Append(c),
                '\n' => escaped.Append("\\n"),
                _ when char.IsControl(c) => escaped,
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }

    // A long line goes on in the next, after a space; never within a character.
    private static void Line(StringBuilder text, string line)
    {
        var used = 0;
        foreach (var rune in line.EnumerateRunes())
        {
            if (used + rune.Utf8SequenceLength > LineLength)
            {
                text.Append("\r\n ");
                used = 1;
            }

            text.Append(rune);
            used += rune.Utf8SequenceLength;
        }

        text.Append("\r\n");
    }
}
