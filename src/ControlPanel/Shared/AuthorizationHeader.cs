using ControlPanel.Verification.Formats;

namespace ControlPanel.Shared;

/// <summary>The credential in a request's <c>Authorization</c> header.</summary>
internal static class AuthorizationHeader
{
    /// <summary>Reads it; two lines are a credential that nobody can be sure of.</summary>
    /// <param name="buffer">At least <see cref="PresentedCredential.BufferSize"/> bytes; the result points into it.</param>
    public static PresentedCredential Read(IHeaderDictionary headers, Span<byte> buffer)
    {
        var lines = headers.Authorization;
        return PresentedCredential.Parse(lines.Count, lines.Count == 1 ? lines[0] : null, buffer);
    }
}
