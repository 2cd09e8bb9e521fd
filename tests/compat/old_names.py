"""Old imports of each era, and the name of today that each must give."""

# Where a row says nothing after the arrow, today's name is the same, in the room before it.
IMPORTS = """
keras.layers.core: layers: Dense Activation Dropout Flatten Reshape Permute RepeatVector Lambda Masking
keras.layers.core: layers: ActivityRegularization SpatialDropout1D SpatialDropout2D
keras.layers.core: layers: TimeDistributedDense=Dense
keras.layers.convolutional: layers: Conv1D Conv2D Conv3D Conv2DTranspose SeparableConv2D UpSampling1D
keras.layers.convolutional: layers: UpSampling2D ZeroPadding1D ZeroPadding2D Cropping1D MaxPooling2D
keras.layers.pooling: layers: MaxPooling1D MaxPooling2D AveragePooling2D GlobalMaxPooling1D
keras.layers.normalization: layers: BatchNormalization LayerNormalization
keras.layers.recurrent: layers: LSTM GRU SimpleRNN RNN LSTMCell StackedRNNCells
keras.layers.convolutional_recurrent: layers: ConvLSTM2D
keras.layers.embeddings: layers: Embedding
keras.layers.merge: layers: Add Concatenate add concatenate dot average maximum
keras.layers.merging: layers: Subtract
keras.layers.advanced_activations: layers: LeakyReLU PReLU ELU Softmax ReLU
keras.layers.noise: layers: GaussianNoise GaussianDropout AlphaDropout
keras.layers.wrappers: layers: TimeDistributed Bidirectional Wrapper
keras.layers.dense_attention: layers: Attention
keras.layers.core.dense: layers: Dense
keras.layers.rnn.lstm: layers: LSTM
keras.layers.experimental: layers: EinsumDense
keras.layers.experimental.preprocessing: layers: Rescaling Normalization TextVectorization RandomFlip
keras.layers.preprocessing.text_vectorization: layers: TextVectorization
keras.layers: layers: AbstractRNNCell=Layer DepthwiseConvolution2D=DepthwiseConv2D
keras.engine: layers: Layer InputSpec Input
keras.engine: models: Model
keras.engine.topology: layers: Layer InputSpec Input InputLayer
keras.engine.topology: models: Container=Model Network=Model
keras.engine.topology: utils: get_source_inputs
keras.engine.training: models: Model
keras.engine.base_layer: layers: Layer
keras.engine.input_layer: layers: InputLayer Input
keras.engine.network: models: Network=Model
keras.engine.functional: models: Functional=Model
keras.engine.sequential: models: Sequential
keras.engine.keras_tensor: : KerasTensor
keras.models: models: Functional=Model
keras.models: saving: model_from_config=deserialize_keras_object
keras.models: : Input
keras.objectives: losses: mean_squared_error mse binary_crossentropy categorical_crossentropy hinge get
keras.losses: losses: ReductionV2=Reduction
keras.utils.losses_utils: losses: ReductionV2=Reduction
keras.metrics: metrics: mse=mean_squared_error MSE=mean_squared_error mae=mean_absolute_error
keras.metrics: metrics: kullback_leibler_divergence=kl_divergence logcosh=log_cosh
keras.metrics: losses: cosine_proximity=cosine_similarity
keras.initializers: initializers: normal=RandomNormal uniform=RandomUniform one=Ones zero=Zeros
keras.initializers.initializers_v2: initializers: GlorotUniform
keras.regularizers: regularizers: WeightRegularizer=L1L2 ActivityRegularizer=L1L2
keras.regularizers: regularizers: activity_l1=L1 activity_l2=L2
keras.constraints: constraints: maxnorm=MaxNorm nonneg=NonNeg unitnorm=UnitNorm
keras.optimizers: optimizers: adam=Adam sgd=SGD rmsprop=RMSprop adagrad=Adagrad nadam=Nadam
keras.optimizers.legacy: optimizers: Adam SGD
keras.optimizers.experimental: optimizers: AdamW
keras.optimizers.adam_v2: optimizers: Adam
keras.optimizers.gradient_descent_v2: optimizers: SGD
keras.optimizers.optimizer_v2.adam: optimizers: Adam
keras.optimizer_v2.rmsprop: optimizers: RMSprop
keras.optimizer_v2.learning_rate_schedule: optimizers.schedules: ExponentialDecay
keras.experimental: optimizers.schedules: CosineDecay CosineDecayRestarts
keras.callbacks.experimental: callbacks: BackupAndRestore
keras.utils.np_utils: utils: to_categorical normalize
keras.utils.generic_utils: utils: Progbar CustomObjectScope get_custom_objects serialize_keras_object
keras.utils.data_utils: utils: get_file Sequence
keras.utils.layer_utils: utils: get_source_inputs
keras.utils.vis_utils: utils: plot_model model_to_dot
keras.utils.visualize_util: utils: plot=plot_model
keras.utils.image_utils: utils: load_img img_to_array
keras.utils.all_utils: utils: to_categorical
keras.preprocessing.image_dataset: preprocessing: image_dataset_from_directory
keras.preprocessing.timeseries: preprocessing: timeseries_dataset_from_array
keras.backend: backend: get_variable_shape=int_shape
keras.backend.tensorflow_backend: backend: mean set_value learning_phase
keras.backend.common: backend: floatx epsilon
keras.mixed_precision.experimental: mixed_precision: Policy set_policy=set_global_policy
keras.legacy.layers: layers: Dense
keras.saving.save: models: load_model
keras.saving.object_registration: saving: register_keras_serializable
tensorflow.keras.layers.experimental.preprocessing: layers: Resizing StringLookup
tensorflow.keras.optimizers.legacy: optimizers: Adam
tensorflow.keras.experimental: optimizers.schedules: CosineDecay
tensorflow.python.keras: models: Sequential
tensorflow.python.keras.layers: layers: LSTM Dense
tensorflow.python.keras.layers.core: layers: Dense
tensorflow.python.keras.utils.np_utils: utils: to_categorical
tensorflow.python.keras.engine.base_layer: layers: Layer
tensorflow.contrib.keras.api.keras.layers: layers: Dense
keras.api.layers: layers: Dense
keras.api._v2.keras.models: models: Sequential
"""

#: What is kept under its old name, and the file below `cornu.compat` that has it.
KEPT = """
keras.layers: layers.merging: Merge
keras.engine: layers.merging: Merge
keras.layers.core: layers.gates: MaxoutDense Highway
keras.layers.advanced_activations: layers.activations: ParametricSoftplus SReLU ThresholdedReLU
keras.layers: layers.activations: ThresholdedReLU
keras.layers.local: layers.local: LocallyConnected1D LocallyConnected2D
keras.layers.experimental: layers.fourier: RandomFourierFeatures
keras.layers.convolutional: layers.convolution: Convolution1D Convolution2D Convolution3D
keras.layers.convolutional: layers.convolution: AtrousConvolution1D
keras.layers.convolutional: layers.convolution: AtrousConvolution2D Deconvolution2D Deconvolution3D
keras.layers.convolutional: layers.convolution: SeparableConvolution2D AtrousConv1D AtrousConv2D
keras.layers.cudnn_recurrent: layers.recurrent: CuDNNLSTM CuDNNGRU
keras.initializations: initializations: get uniform normal zero one identity orthogonal glorot_uniform
keras.initializations: initializations: glorot_normal he_uniform he_normal lecun_uniform
keras.regularizers: regularizers: l1l2 activity_l1l2
keras.utils.np_utils: utils: probas_to_classes categorical_probas_to_classes
keras.utils.conv_utils: utils: conv_output_length conv_input_length normalize_tuple
keras.backend: backend: image_dim_ordering set_image_dim_ordering
keras.backend.tensorflow_backend: backend: set_image_dim_ordering
keras.wrappers.scikit_learn: scikit_learn: KerasClassifier KerasRegressor
"""

#: What is gone, and words of the message.
GONE = {
    "keras.layers.recurrent Recurrent": "keras.layers.RNN",
    "keras.layers ConvRNN2D": "keras.layers.ConvLSTM2D",
    "keras.layers DenseFeatures": "keras.utils.FeatureSpace",
    "keras.layers SyncBatchNormalization": "synchronized=True",
    "keras.layers.experimental PeepholeLSTMCell": "keras.layers.LSTMCell",
    "keras.models Graph": "functional API",
    "keras.models model_from_yaml": "model_from_json",
    "keras.experimental LinearModel": "functional API",
    "keras.experimental LinearCosineDecay": "CosineDecay",
    "keras.optimizers TFOptimizer": "optax",
    "keras.metrics fmeasure": "F1Score",
    "keras.metrics precision": "keras.metrics.Precision",
    "keras.metrics matthews_correlation": "PearsonCorrelation",
    "keras.callbacks BaseLogger": "mean of losses",
    "keras.regularizers EigenvalueRegularizer": "kernel_regularizer",
    "keras.constraints RadialConstraint": "kernel_constraint",
    "keras.backend get_session": "K.get_value",
    "keras.backend set_session": "K.function",
    "keras.backend.tensorflow_backend set_session": "no sessions",
    "keras.backend tf": "import tensorflow as tf",
    "keras.utils multi_gpu_model": "fit the model itself",
    "keras.utils.multi_gpu_utils multi_gpu_model": "fit the model itself",
    "keras.utils OrderedEnqueuer": "PyDataset",
    "keras.utils.data_utils GeneratorEnqueuer": "PyDataset",
    "keras.utils.io_utils HDF5Matrix": "h5py.File",
    "keras.utils HDF5Matrix": "h5py.File",
    "keras.utils.layer_utils print_summary": "model.summary",
    "keras.utils.layer_utils convert_all_kernels_in_model": "set_weights",
    "keras.utils.generic_utils func_load": "register_keras_serializable",
    "keras.engine.saving load_weights_from_hdf5_group": "load_weights",
    "keras.preprocessing.text base_filter": "filters=",
    "keras.applications VGG16": "not built yet",
    "keras.applications.imagenet_utils preprocess_input": "not built yet",
    "keras.applications.vgg16 VGG16": "not built yet",
    "keras.estimator model_to_estimator": "model.fit",
    "keras.premade LinearModel": "functional API",
    "keras.feature_column DenseFeatures": "FeatureSpace",
    "keras.legacy.interfaces legacy_conv2d_support": "by itself",
    "keras.saving.hdf5_format save_model_to_hdf5": "load_model",
    "keras.src.layers Dense": "Write: from keras.layers import Dense",
    "keras.src.engine.training Model": "Write: from keras.models import Model",
    "keras.src.losses mean_squared_error": "Write: from keras.losses import mean_squared_error",
    "keras.src.utils to_categorical": "Write: from keras.utils import to_categorical",
    "keras.utils.experimental DatasetCreator": "Give the dataset itself",
    "keras.models.experimental SharpnessAwareMinimization": "train_step",
    "keras.dtensor experimental": "Several devices",
    "keras.backend experimental": "set_random_seed",
    "keras.layers.core Dnse": 'Did you mean "Dense"',
    "keras.layers.core load_model": "Write: from keras.models import load_model",
    "tensorflow.python.keras.layers Dnse": 'Did you mean "Dense"',
}


def rows(text):
    """(path, name, room, name of today) of each name in a table."""
    for line in text.strip().splitlines():
        path, room, names = (part.strip() for part in line.split(":"))
        for name in names.split():
            old, _, new = name.partition("=")
            yield path, old, room, new or old
