using Microsoft.AspNetCore.Components.Forms;

namespace ControlPanel.Shared;

/// <summary>Reads what a person hands in, into memory and up to a bound.</summary>
internal static class HandedIn
{
    /// <summary>A chosen file; <see langword="null"/> when it is longer.</summary>
    public static async Task<byte[]?> ReadAsync(IBrowserFile file, int maxBytes)
    {
        if (file.Size > maxBytes)
        {
            return null;
        }

        await using var stream = file.OpenReadStream(maxBytes);
        return await ReadAsync(stream, (int)file.Size);
    }

    /// <summary>A stream that announced its length; what it sends beyond that is not read.</summary>
    public static async Task<byte[]> ReadAsync(Stream stream, int length)
    {
        // One array of the announced length, so that no copies of a secret stay behind in grown buffers.
        var bytes = new byte[length];
        var read = await stream.ReadAtLeastAsync(bytes, length, throwOnEndOfStream: false);
        return read == length ? bytes : bytes[..read];
    }
}
