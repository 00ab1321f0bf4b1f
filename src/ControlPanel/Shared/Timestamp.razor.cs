using System.Globalization;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>A time as people say it, with the exact instant in their zone and in UTC as tooltip and accessible name.</summary>
public sealed partial class Timestamp
{
    private string _relative = "";
    private string _exact = "";

    [Parameter, EditorRequired]
    public required DateTimeOffset? At { get; set; }

    /// <summary>What stands there without a time.</summary>
    [Parameter]
    public string Otherwise { get; set; } = "";

    [Inject]
    public required Browser Browser { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    /// <summary>A distance in time in words: <c>just now</c>, <c>5 minutes ago</c>, <c>in 3 days</c>.</summary>
    public static string Relative(DateTimeOffset at, DateTimeOffset now)
    {
        var distance = at - now;
        var length = distance.Duration();
        var (count, unit) =
            length < TimeSpan.FromMinutes(1) ? (0, "")
            : length < TimeSpan.FromHours(1) ? ((int)length.TotalMinutes, "minute")
            : length < TimeSpan.FromDays(1) ? ((int)length.TotalHours, "hour")
            : length < TimeSpan.FromDays(60) ? ((int)Math.Round(length.TotalDays), "day")
            : length < TimeSpan.FromDays(700) ? ((int)Math.Round(length.TotalDays / 30.4), "month")
            : ((int)Math.Round(length.TotalDays / 365.25), "year");
        if (count == 0)
        {
            return distance > TimeSpan.Zero ? "in less than a minute" : "just now";
        }

        var words = $"{count.ToString(CultureInfo.InvariantCulture)} {unit}{(count == 1 ? "" : "s")}";
        return distance > TimeSpan.Zero ? $"in {words}" : $"{words} ago";
    }

    /// <summary>The instant in the zone and in UTC.</summary>
    public static string Exact(DateTimeOffset at, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        var utc = at.UtcDateTime.ToString("d MMM yyyy HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
        return local.Offset == TimeSpan.Zero
            ? utc
            : $"{local.ToString("d MMM yyyy HH:mm:ss (zzz)", CultureInfo.InvariantCulture)}, {utc}";
    }

    protected override async Task OnParametersSetAsync()
    {
        if (At is { } at)
        {
            _relative = Relative(at, Clock.GetUtcNow());
            _exact = Exact(at, await Browser.ZoneAsync());
        }
    }
}
