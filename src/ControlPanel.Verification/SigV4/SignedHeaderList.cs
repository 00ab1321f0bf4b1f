using System.Buffers;

namespace ControlPanel.Verification.SigV4;

/// <summary>The list <c>host;x-amz-date;…</c>: lower case, sorted, each name once, with <c>host</c> in it.</summary>
internal static class SignedHeaderList
{
    private static readonly SearchValues<char> s_nameCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyz0123456789-!#$%&'*+.^`|~"
    );

    /// <summary>Whether the list is well formed. An underscore is not, for the reason given at the headers.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> list)
    {
        ReadOnlySpan<char> previous = default;
        foreach (var range in list.Split(';'))
        {
            var name = list[range];
            if (name.IsEmpty || name.ContainsAnyExcept(s_nameCharacters))
            {
                return false;
            }

            if (name.SequenceCompareTo(previous) <= 0)
            {
                return false;
            }

            previous = name;
        }

        return true;
    }

    public static bool Contains(ReadOnlySpan<char> list, ReadOnlySpan<char> name)
    {
        foreach (var range in list.Split(';'))
        {
            var item = list[range];
            if (item.Length == name.Length && item.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether every header <c>x-amz-*</c> of the request is in the list.</summary>
    public static bool CoversAmzHeaders(ReadOnlySpan<char> list, ReadOnlySpan<S3Header> headers)
    {
        foreach (ref readonly var header in headers)
        {
            if (
                header.Name.Length > 6
                && header.Name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase)
                && !Contains(list, header.Name)
            )
            {
                return false;
            }
        }

        return true;
    }
}
