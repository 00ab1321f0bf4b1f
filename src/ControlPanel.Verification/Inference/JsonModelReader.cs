using System.Text.Json;
using System.Text.Unicode;

namespace ControlPanel.Verification.Inference;

/// <summary>
/// Finds the model that a JSON body names, so that every conforming parser behind us finds the same one; whatever two
/// parsers could read differently is refused. Allocates nothing for a body that can be read.
/// </summary>
/// <remarks>
/// Only top-level fields are looked at. A model named inside a tool's description is the server's business.
/// </remarks>
public static class JsonModelReader
{
    private const int MaxDepth = 256;

    /// <summary>Reads the whole body.</summary>
    /// <param name="field">The field that names the model: <c>model</c>, or <c>model_id</c> (contract 4.3).</param>
    /// <param name="buffer">At least <see cref="NamedModel.BufferSize"/> bytes; the result points into it.</param>
    public static NamedModel Read(ReadOnlySpan<byte> body, ReadOnlySpan<byte> field, Span<byte> buffer)
    {
        if (body.IsEmpty)
        {
            return NamedModel.Unreadable(BodyFault.Empty);
        }

        // RFC 8259 section 8.1: no byte order mark. Parsers that take one disagree on what follows.
        if (body.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf]) || !Utf8.IsValid(body))
        {
            return NamedModel.Unreadable(BodyFault.NotUtf8);
        }

        try
        {
            return ReadObject(body, field, buffer);
        }
        catch (JsonException)
        {
            return NamedModel.Unreadable(BodyFault.NotJson);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair in the model's name: there is no such text.
            return NamedModel.Unreadable(BodyFault.BadModelName);
        }
    }

    private static NamedModel ReadObject(ReadOnlySpan<byte> body, ReadOnlySpan<byte> field, Span<byte> buffer)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            // Read to the end all the same: what is no JSON at all should be called so.
            reader.Skip();
            reader.Read();
            return NamedModel.Unreadable(BodyFault.NotAnObject);
        }

        ReadOnlySpan<byte> name = default;
        var fault = BodyFault.None;
        var namesOthers = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var meaning = reader.ValueIsEscaped ? FieldMeaning.Disguised : ModelField.Of(reader.ValueSpan, field);
            reader.Read();
            switch (meaning)
            {
                case FieldMeaning.Model when !name.IsEmpty:
                    fault = BodyFault.RepeatedModel;
                    break;
                case FieldMeaning.Model:
                    name = ReadName(ref reader, buffer);
                    fault = name.IsEmpty ? BodyFault.BadModelName : fault;
                    break;
                case FieldMeaning.OtherModels:
                    namesOthers = true;
                    break;
                case FieldMeaning.Disguised:
                    fault = BodyFault.DisguisedField;
                    break;
                case FieldMeaning.Other:
                default:
                    break;
            }

            reader.Skip();
        }

        // What follows the object makes the reader throw.
        reader.Read();
        return fault == BodyFault.None ? NamedModel.Of(name, namesOthers) : NamedModel.Unreadable(fault);
    }

    private static ReadOnlySpan<byte> ReadName(scoped ref Utf8JsonReader reader, Span<byte> buffer)
    {
        if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length > NamedModel.BufferSize)
        {
            return default;
        }

        // Escapes are read: PHP writes every slash as \/, and all parsers agree on what they mean.
        var length = reader.CopyString(buffer);
        return ModelField.IsName(buffer[..length]) ? buffer[..length] : default;
    }
}
