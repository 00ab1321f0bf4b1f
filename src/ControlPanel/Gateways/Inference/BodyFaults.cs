using ControlPanel.Verification.Inference;

namespace ControlPanel.Gateways.Inference;

/// <summary>What the sender of an unreadable body is told.</summary>
internal static class BodyFaults
{
    public static (int Status, string Code, string Message) Answer(BodyFault fault, string field) =>
        fault switch
        {
            BodyFault.Empty => (400, "invalid_body", "The request has no body."),
            BodyFault.UnsupportedType => (
                415,
                "unsupported_content_type",
                "Send JSON in UTF-8 (Content-Type: application/json) or a form (multipart/form-data)."
            ),
            BodyFault.NotUtf8 => (400, "invalid_body", "The body must be UTF-8 without a byte order mark."),
            BodyFault.NotJson => (400, "invalid_body", "The body is not valid JSON."),
            BodyFault.NotAnObject => (400, "invalid_body", "The body must be a JSON object."),
            BodyFault.NotAForm => (400, "invalid_body", "The form cannot be read with certainty."),
            BodyFault.RepeatedModel => (400, "ambiguous_model", $"The body names {field} more than once."),
            BodyFault.DisguisedField => (
                400,
                "ambiguous_model",
                $"Field names must be plain ASCII without escapes, and {field} in lower case."
            ),
            BodyFault.BadModelName => (400, "invalid_model", $"The {field} must be a string of 1 to 256 bytes."),
            BodyFault.None => throw new ArgumentOutOfRangeException(nameof(fault), "A readable body has no fault."),
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        };
}
