using ControlPanel.Shared;
using ControlPanel.Verification.Formats;

namespace ControlPanel.Gateways.Inference;

/// <summary>What clients of the Inference door prove themselves by: one bearer credential, or one <c>x-api-key</c>.</summary>
internal static class InferenceCredential
{
    /// <summary>Reads it; two of them, even alike, are none: another server might take the other one.</summary>
    /// <param name="buffer">At least <see cref="PresentedCredential.BufferSize"/> bytes; the result points into it.</param>
    public static PresentedCredential Read(IHeaderDictionary headers, Span<byte> buffer)
    {
        var keys = headers["x-api-key"];
        return keys.Count == 0 ? AuthorizationHeader.Read(headers, buffer)
            : keys.Count > 1 || headers.Authorization.Count > 0
                ? PresentedCredential.Invalid(MalformedReason.SeveralCredentials)
            : PresentedCredential.Bearer(keys[0], buffer);
    }
}
