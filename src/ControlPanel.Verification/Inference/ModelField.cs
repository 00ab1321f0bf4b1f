using System.Text;

namespace ControlPanel.Verification.Inference;

/// <summary>What the name of a top-level field or form part means to a model server.</summary>
internal enum FieldMeaning : byte
{
    /// <summary>Nothing that concerns us.</summary>
    Other,

    /// <summary>It names the model.</summary>
    Model,

    /// <summary>It names further models.</summary>
    OtherModels,

    /// <summary>Some parsers take it for one of those, others do not.</summary>
    Disguised,
}

/// <summary>Reads the names of fields, for JSON and forms alike.</summary>
internal static class ModelField
{
    /// <param name="name">The field's name as it was sent, without quotes.</param>
    /// <param name="wanted">The field that names the model at this endpoint.</param>
    public static FieldMeaning Of(ReadOnlySpan<byte> name, ReadOnlySpan<byte> wanted)
    {
        if (name.SequenceEqual(wanted))
        {
            return FieldMeaning.Model;
        }

        // Go's decoder, for one, matches names whatever their case, and folds letters of other alphabets into ours; form
        // parsers trim.
        if (!Ascii.IsValid(name) || Ascii.EqualsIgnoreCase(name.Trim(" \t\0"u8), wanted))
        {
            return FieldMeaning.Disguised;
        }

        return
            Ascii.EqualsIgnoreCase(name, "models"u8)
            || Ascii.EqualsIgnoreCase(name, "fallbacks"u8)
            || Ascii.EqualsIgnoreCase(name, "context_window_fallbacks"u8)
            || Ascii.EqualsIgnoreCase(name, "content_policy_fallbacks"u8)
            ? FieldMeaning.OtherModels
            : FieldMeaning.Other;
    }

    /// <summary>Whether the value can be a model's name.</summary>
    public static bool IsName(ReadOnlySpan<byte> value)
    {
        if (value.Length is 0 or > NamedModel.MaxLength)
        {
            return false;
        }

        foreach (var b in value)
        {
            if (b is < (byte)' ' or 0x7f)
            {
                return false;
            }
        }

        return true;
    }
}
