using System.Globalization;

namespace ControlPanel.Verification.SigV4;

/// <summary>The two ways a signed request spells its time.</summary>
internal static class AmzTime
{
    /// <summary>The length of <c>20130524T000000Z</c>.</summary>
    public const int Length = 16;

    private static readonly string[] s_httpDates =
    [
        "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
        "ddd, dd MMM yyyy HH:mm:ss 'UTC'", // rclone with v2_auth
        "ddd, dd MMM yyyy HH:mm:ss zzz", // s3cmd: +0000
        "ddd, d MMM yyyy HH:mm:ss 'GMT'",
        "ddd, d MMM yyyy HH:mm:ss zzz",
    ];

    /// <summary>Reads <c>yyyyMMddTHHmmssZ</c>, by hand because this is on the way of every request.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset instant)
    {
        instant = default;
        if (
            text.Length != Length
            || text[8] != 'T'
            || text[15] != 'Z'
            || !TryDigits(text[..4], out var year)
            || !TryDigits(text[4..6], out var month)
            || !TryDigits(text[6..8], out var day)
            || !TryDigits(text[9..11], out var hour)
            || !TryDigits(text[11..13], out var minute)
            || !TryDigits(text[13..15], out var second)
            || year is < 1
            || month is < 1 or > 12
            || day < 1
            || day > DateTime.DaysInMonth(year, month)
            || hour > 23
            || minute > 59
            || second > 59
        )
        {
            return false;
        }

        instant = new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero);
        return true;
    }

    /// <summary>Reads the date of a <c>Date</c> header in the spellings that real clients use.</summary>
    public static bool TryParseHttpDate(ReadOnlySpan<char> text, out DateTimeOffset instant)
    {
        if (
            DateTimeOffset.TryParseExact(
                text,
                s_httpDates,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out instant
            )
        )
        {
            instant = instant.ToUniversalTime();
            return true;
        }

        return false;
    }

    /// <summary>Writes <c>yyyyMMddTHHmmssZ</c>.</summary>
    public static string Format(DateTimeOffset instant) =>
        instant.ToUniversalTime().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    private static bool TryDigits(ReadOnlySpan<char> text, out int value)
    {
        value = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }

            value = (value * 10) + (c - '0');
        }

        return true;
    }
}
