using System.Text;
using System.Text.Unicode;

namespace ControlPanel.Verification.Inference;

/// <summary>
/// Finds the model that a <c>multipart/form-data</c> body names. The model's part may stand after the file (both SDKs do
/// that), so the whole form is read. Cut more strictly than RFC 7578 asks: clients write forms in one way, and what only
/// lenient parsers would see must not be there.
/// </summary>
public static class FormModelReader
{
    private const int MaxParts = 256;
    private const int MaxBoundary = 70;

    /// <summary>Reads the whole body.</summary>
    /// <param name="boundary">As <see cref="BodyType.Read"/> found it.</param>
    /// <param name="field">The part that names the model.</param>
    public static NamedModel Read(ReadOnlySpan<byte> body, ReadOnlySpan<char> boundary, ReadOnlySpan<byte> field)
    {
        if (body.IsEmpty)
        {
            return NamedModel.Unreadable(BodyFault.Empty);
        }

        Span<byte> delimiterBuffer = stackalloc byte[MaxBoundary + 2];
        "--"u8.CopyTo(delimiterBuffer);
        if (
            boundary.Length is 0 or > MaxBoundary
            || Ascii.FromUtf16(boundary, delimiterBuffer[2..], out var length) != System.Buffers.OperationStatus.Done
        )
        {
            return NamedModel.Unreadable(BodyFault.UnsupportedType);
        }

        ReadOnlySpan<byte> delimiter = delimiterBuffer[..(length + 2)];

        // Without a preamble: the delimiter is the first thing.
        if (!body.StartsWith(delimiter))
        {
            return NamedModel.Unreadable(BodyFault.NotAForm);
        }

        ReadOnlySpan<byte> name = default;
        var namesOthers = false;
        var rest = body[delimiter.Length..];
        for (var parts = 0; ; parts++)
        {
            if (rest is [(byte)'-', (byte)'-', .. var epilogue])
            {
                // Nothing may follow the end but its line's own end.
                return epilogue.IsEmpty || epilogue.SequenceEqual("\r\n"u8)
                    ? NamedModel.Of(name, namesOthers)
                    : NamedModel.Unreadable(BodyFault.NotAForm);
            }

            if (parts == MaxParts || rest is not [(byte)'\r', (byte)'\n', .. var part])
            {
                return NamedModel.Unreadable(BodyFault.NotAForm);
            }

            // Wherever the delimiter stands it must be one: after a bare line feed a lenient parser would take it, a
            // strict one would not.
            var end = part.IndexOf(delimiter);
            if (end < 2 || !part[..end].EndsWith("\r\n"u8))
            {
                return NamedModel.Unreadable(BodyFault.NotAForm);
            }

            rest = part[(end + delimiter.Length)..];
            var fault = ReadPart(part[..(end - 2)], field, ref name, ref namesOthers);
            if (fault != BodyFault.None)
            {
                return NamedModel.Unreadable(fault);
            }
        }
    }

    private static BodyFault ReadPart(
        ReadOnlySpan<byte> part,
        ReadOnlySpan<byte> field,
        ref ReadOnlySpan<byte> name,
        ref bool namesOthers
    )
    {
        var headersEnd = part.IndexOf("\r\n\r\n"u8);
        if (headersEnd < 0 || !PartHeaders.TryRead(part[..headersEnd], out var headers))
        {
            return BodyFault.NotAForm;
        }

        switch (MeaningOf(headers.Name, field))
        {
            case FieldMeaning.Disguised:
                return BodyFault.DisguisedField;
            case FieldMeaning.OtherModels:
                namesOthers = true;
                return BodyFault.None;
            case FieldMeaning.Model:
                var value = part[(headersEnd + 4)..];
                if (!name.IsEmpty)
                {
                    return BodyFault.RepeatedModel;
                }

                if (!headers.IsPlainText || !Utf8.IsValid(value) || !ModelField.IsName(value))
                {
                    return BodyFault.BadModelName;
                }

                name = value;
                return BodyFault.None;
            case FieldMeaning.Other:
            default:
                return BodyFault.None;
        }
    }

    private static FieldMeaning MeaningOf(ReadOnlySpan<byte> name, ReadOnlySpan<byte> field)
    {
        var meaning = ModelField.Of(name, field);
        // Browsers percent-encode in names, and some parsers decode; some trim, some read brackets as a list; the
        // charset of all other parts may be set by one called _charset_ (RFC 7578 section 4.6).
        return
            meaning == FieldMeaning.Other
            && (
                name.IndexOfAny("%\\"u8) >= 0
                || Ascii.EqualsIgnoreCase(name, "_charset_"u8)
                || (name.Length > field.Length && Ascii.EqualsIgnoreCase(Trimmed(name), field))
            )
            ? FieldMeaning.Disguised
            : meaning;
    }

    private static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> name)
    {
        var bracket = name.IndexOf((byte)'[');
        return (bracket < 0 ? name : name[..bracket]).Trim(" \t\0."u8);
    }
}
